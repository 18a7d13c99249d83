import type { SessionUser } from '@iot/contracts'
import { createTokenBucket, type TokenBucket } from '@iot/runtime'
import type { Lane } from '../outbox/lanes.js'
import type { Link } from '../outbox/link.js'
import { Outbox } from '../outbox/outbox.js'
import type { Subscription } from '../rooms/subscription.js'

/** Refused messages per second that a client may go on sending, as a multiple of its rate. */
const REFUSALS_FACTOR = 10

/** Who is connected, and what is theirs. Nothing in it survives the connection. */
export interface Session {
  readonly id: string
  readonly link: Link
  readonly user: SessionUser
  readonly address: string
  readonly expiresAtMs: number
  readonly outbox: Outbox
  readonly messages: TokenBucket
  /** messages refused for their rate, which have one of their own: beyond it the client does not listen */
  readonly refusals: TokenBucket
  historyCalls: number
  /** the latest readings of all devices are being read for it */
  isAskingForAll: boolean
  /** by the subscription's key: those that events are sent for */
  readonly subscriptions: Map<string, Subscription>
  /** by key: those whose snapshot is being read; another token means that a newer call took over */
  readonly joining: Map<string, symbol>
  /** batch subscriptions, sorted into windows */
  lanes: Lane[]
}

/** What the handshake found out. */
export interface Admission {
  readonly user: SessionUser
  readonly address: string
  readonly expiresAtMs: number
}

export function createSession(
  link: Link,
  admission: Admission,
  bounds: { backlogBytes: number; messagesPerSecond: number },
): Session {
  return {
    ...admission,
    id: link.id,
    link,
    outbox: new Outbox(link, bounds.backlogBytes),
    messages: createTokenBucket({ perSecond: bounds.messagesPerSecond }),
    refusals: createTokenBucket({ perSecond: bounds.messagesPerSecond * REFUSALS_FACTOR }),
    historyCalls: 0,
    isAskingForAll: false,
    subscriptions: new Map(),
    joining: new Map(),
    lanes: [],
  }
}
