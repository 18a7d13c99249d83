import type { AlertEvent, ChannelKind, ChannelSettings } from '@iot/contracts'

/** Brings a message to a receiver outside: a web hook, a chat, a mailbox. */
export interface AlertSender {
  /**
   * Sends it once and resolves with the receiver’s answer, within `SEND_LIMIT_MS`. Never rejects: whatever goes wrong is an
   * outcome. No part of the channel’s secrets is in it. Aborted: as if the receiver had not answered.
   */
  send(message: OutgoingMessage, signal: AbortSignal): Promise<SendOutcome>
}

export interface OutgoingMessage {
  readonly event: 'alerts' | 'test'
  /** the same in every attempt */
  readonly idempotencyKey: string
  readonly channel: {
    readonly id: string
    readonly name: string
    readonly kind: ChannelKind
    readonly settings: ChannelSettings
  }
  /** transitions in order, `DELIVERY_ITEMS` at most; none in a test */
  readonly alerts: readonly AlertEvent[]
}

export type SendOutcome =
  /** `remark`: it got there, but not to everybody */
  | { readonly ok: true; readonly httpStatus?: number; readonly remark?: string }
  | {
      readonly ok: false
      /** in plain words, 500 characters at most */
      readonly error: string
      readonly httpStatus?: number
      /** the receiver’s wish */
      readonly retryAfterMs?: number
    }

export const SEND_LIMIT_MS = 10_000
