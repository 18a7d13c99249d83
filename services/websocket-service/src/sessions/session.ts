import type { SessionUser } from '@iot/contracts'
import { createTokenBucket, type TokenBucket } from '@iot/runtime'
import type { NoticesBegin } from '../events/notices.js'
import type { AlertLane } from '../outbox/alert-windows.js'
import { type Lane, NO_LANES } from '../outbox/lanes.js'
import type { Link } from '../outbox/link.js'
import { Outbox } from '../outbox/outbox.js'
import { type Scope, scopeOf } from '../rooms/scope.js'
import type { Subscription } from '../rooms/subscription.js'
import type { CloseReason } from './close-reason.js'
import { Few } from './few.js'

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
  /** of messages refused for their rate, which have one of their own; made with the first of them */
  refusals: TokenBucket | undefined
  historyCalls: number
  /** the latest readings of all devices are being read for it */
  isAskingForAll: boolean
  /** by the subscription's key: those that events are sent for */
  readonly subscriptions: Few<Subscription>
  /** by key: those whose snapshot is being read; another token means that a newer call took over */
  readonly joining: Few<symbol>
  /** batch subscriptions, sorted into windows */
  lanes: readonly Lane[]
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
  // Written out: on Node 20 a copy by spread that is added to has a hidden class of its own, 200 bytes for each session.
  return {
    id: link.id,
    link,
    user: admission.user,
    scope: scopeOf(admission.user.sites),
    isAnonymous: admission.isAnonymous,
    address: admission.address,
    userVersion: admission.userVersion,
    expiresAtMs: admission.expiresAtMs,
    connectedAtMs: given.nowMs,
    usedAtMs: given.nowMs,
    isWarned: false,
    ending: undefined,
    outbox: new Outbox(link, given.backlogBytes),
    messages: createTokenBucket({ perSecond: given.messagesPerSecond }),
    refusals: undefined,
    historyCalls: 0,
    isAskingForAll: false,
    subscriptions: new Few(),
    joining: new Few(),
    lanes: NO_LANES,
    alertLane: undefined,
  }
}
