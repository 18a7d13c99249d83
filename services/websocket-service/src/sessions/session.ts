import type { SessionUser } from '@iot/contracts'
import { createTokenBucket, type TokenBucket } from '@iot/runtime'
import type { NoticesBegin } from '../events/notices.js'
import type { AlertLane } from '../outbox/alert-windows.js'
import type { Lane } from '../outbox/lanes.js'
import type { Link } from '../outbox/link.js'
import { Outbox } from '../outbox/outbox.js'
import { type Scope, scopeOf } from '../rooms/scope.js'
import type { Subscription } from '../rooms/subscription.js'
import type { CloseReason } from './close-reason.js'

/** Refused messages per second that a client may go on sending, as a multiple of its rate. */
const REFUSALS_FACTOR = 10

/** Who is connected, and what is theirs. Nothing in it survives the connection. */
export interface Session {
  readonly id: string
  readonly link: Link
  /** with the rights that the session has to its end: others come into force by coming back */
  readonly user: SessionUser
  /** whose devices it may see: those of `user.sites` */
  readonly scope: Scope
  /** nobody has logged in: ANONYMOUS_ROLE lets them watch */
  readonly isAnonymous: boolean
  readonly address: string
  readonly connectedAtMs: number
  /** of the newest token that it was shown */
  userVersion: number
  expiresAtMs: number
  /** the client knows that its token ends soon */
  isWarned: boolean
  /** when it last asked for something */
  usedAtMs: number
  /** it is being closed from this side */
  ending: { readonly reason: CloseReason; readonly atMs: number } | undefined
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
  /** where its subscription to alerts comes in batches */
  alertLane: AlertLane | undefined
}

/** What the handshake found out. */
export interface Admission {
  readonly user: SessionUser
  readonly userVersion: number
  readonly isAnonymous: boolean
  readonly address: string
  /** infinite for who has no token */
  readonly expiresAtMs: number
  readonly notices?: NoticesBegin
}

export function createSession(
  link: Link,
  admission: Admission,
  given: { backlogBytes: number; messagesPerSecond: number; nowMs: number },
): Session {
  return {
    ...admission,
    scope: scopeOf(admission.user.sites),
    id: link.id,
    link,
    connectedAtMs: given.nowMs,
    usedAtMs: given.nowMs,
    isWarned: false,
    ending: undefined,
    outbox: new Outbox(link, given.backlogBytes),
    messages: createTokenBucket({ perSecond: given.messagesPerSecond }),
    refusals: createTokenBucket({ perSecond: given.messagesPerSecond * REFUSALS_FACTOR }),
    historyCalls: 0,
    isAskingForAll: false,
    subscriptions: new Map(),
    joining: new Map(),
    lanes: [],
    alertLane: undefined,
  }
}
