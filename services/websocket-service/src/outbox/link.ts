import type { ConnectionTraffic, SERVER_EVENTS, ServerEvent } from '@iot/contracts'
import type { Static } from 'typebox'
import type { CloseReason } from '../sessions/close-reason.js'
import type { Bundle } from './frame.js'

export type EventBody<Event extends ServerEvent> = Static<(typeof SERVER_EVENTS)[Event]>

/** Sessions of all replicas that hear the same news. */
export type NewsRoom = 'admins'

/** One client's connection, as the inside of the service sees it. */
export interface Link {
  readonly id: string
  /** True while what is written can still reach the client. */
  isOpen(): boolean
  /** True when nothing waits: the kernel (or a poll) has taken all that was written. */
  isIdle(): boolean
  /** Bytes that wait in this process. */
  waitingBytes(): number
  transport(): 'websocket' | 'polling'
  /** What went over it so far, roughly. */
  traffic(): ConnectionTraffic
  join(room: NewsRoom): void
  /** Writes pre-encoded events. */
  write(bundle: Bundle): void
  /** Encodes and writes one event. */
  emit<Event extends ServerEvent>(event: Event, body: EventBody<Event>): void
  /** Sends what waits and closes; a stock client comes back by itself. */
  close(reason: CloseReason): void
  /** The same, and a stock client stays away. */
  disconnect(reason: CloseReason): void
  /** Closes at once and lets go of what waits. */
  abort(reason: CloseReason): void
  /** Why it was closed from this side, the first reason of several; undefined where it was not. */
  closedFor(): CloseReason | undefined
}
