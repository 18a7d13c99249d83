import type { DeadLetterRecord } from '@iot/contracts'
import { decodePayload, type Refusal } from '@iot/domain'
import type { DeviceMessage } from '@iot/ports'

const TOPIC_LENGTH = 1_024
const CLIENT_ID_LENGTH = 256
/** Neither a database's text nor a screen can hold these. */
const UNFIT = /[\p{Cc}\p{Cs}]/gu

/** The dead letter of a message, or of the part of it that is refused: its payload whole, and why. */
export function deadLetterRecord(refused: Refusal, message: DeviceMessage): DeadLetterRecord {
  return {
    reason: refused.reason,
    detail: fit(refused.detail, 512),
    topic: fit(message.topic, TOPIC_LENGTH),
    clientId: fit(message.clientId, CLIENT_ID_LENGTH),
    receivedAt: new Date(message.receivedAtMs).toISOString(),
    ...payloadOf(refused, message),
  }
}

function payloadOf(
  refused: Refusal,
  message: DeviceMessage,
): { payload: string } | { payloadBase64: string } {
  const text = refused.part ?? decodePayload(message.payload)
  // a byte order mark and NUL would not come back as they are
  const isWhole =
    text !== undefined && !text.includes('\0') && (refused.part !== undefined || !hasMark(message.payload))
  return isWhole ? { payload: text } : { payloadBase64: Buffer.from(message.payload).toString('base64') }
}

function hasMark(payload: Uint8Array): boolean {
  return payload[0] === 0xef && payload[1] === 0xbb && payload[2] === 0xbf
}

function fit(text: string, maxLength: number): string {
  return text.replace(UNFIT, '\ufffd').slice(0, maxLength).replace(UNFIT, '\ufffd')
}
