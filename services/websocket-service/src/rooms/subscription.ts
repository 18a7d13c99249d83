import {
  BATCH_WINDOW_MS,
  type LiveKind,
  type Positions,
  READING_EVENTS,
  type Role,
  type ServerEvent,
  STATUS_EVENTS,
  SUBSCRIPTION_EVENTS,
  type SubscribeOptions,
  type SubscriptionKind,
} from '@iot/contracts'
import { AppError } from '@iot/runtime'
import type { Session } from '../sessions/session.js'
import { placeOf, placeOfEntry, reaches } from '../window/place.js'
import type { WindowItem } from '../window/window-log.js'

/** Batch windows are whole ticks of one clock that all clients share. */
export const TICK_MS = BATCH_WINDOW_MS.min

export interface Subscription {
  readonly session: Session
  readonly kind: SubscriptionKind
  /** of kind `device` */
  readonly deviceId: string | undefined
  /** events that carry one reading each; none where readings come in batches */
  readonly readingEvents: readonly ServerEvent[]
  readonly statusEvents: readonly ServerEvent[]
  readonly batch: BatchWindow | undefined
  /** what it has brought the client; undefined until it is in force */
  brings: Brought | undefined
}

/** Events from these places in the windows on, and, of a resumed subscription, all after `since`. */
export interface Brought {
  readonly readings: number
  readonly status: number
  readonly alerts: number
  readonly since: Positions | undefined
}

export interface BatchWindow {
  readonly everyTicks: number
  /** only the newest reading per sensor */
  readonly latest: boolean
}

/**
 * A session has one subscription per key: subscribing again replaces it. A device's is its id, which is there anyway;
 * the others begin with what no id can hold.
 */
export function subscriptionKey(kind: SubscriptionKind, deviceId?: string): string {
  return deviceId ?? KEYS[kind]
}

const KEYS: Record<SubscriptionKind, string> = {
  device: '*device',
  'all-devices': '*all-devices',
  all: '*all',
}

/** May a role have subscriptions of this kind? */
export function isAllowed(role: Role, kind: SubscriptionKind): boolean {
  return kind !== 'all' || role === 'admin'
}

/** Throws VALIDATION_FAILED for names of events that this kind of subscription does not have. */
export function createSubscription(
  session: Session,
  kind: SubscriptionKind,
  deviceId: string | undefined,
  options: SubscribeOptions = {},
): Subscription {
  const offered: readonly ServerEvent[] = SUBSCRIPTION_EVENTS[kind]
  const wanted = options.names ?? offered
  const strange = wanted.filter((name) => !offered.includes(name))
  if (strange.length > 0) {
    throw new AppError(
      'VALIDATION_FAILED',
      `names: ${strange.join(', ')} does not belong to this subscription; it has ${offered.join(', ')}`,
    )
  }
  const batch = readBatch(options.batch)
  const events = offered.filter((event) => wanted.includes(event))
  return {
    session,
    kind,
    deviceId,
    readingEvents: batch ? NONE : oneOfAKind(events.filter((event) => isAmong(READING_EVENTS, event))),
    statusEvents: oneOfAKind(events.filter((event) => isAmong(STATUS_EVENTS, event))),
    batch,
    brings: undefined,
  }
}

const NONE: readonly ServerEvent[] = []
/** By their names. There are a few dozen ways to choose among the events, and thousands of subscriptions that choose the same. */
const LISTS = new Map<string, readonly ServerEvent[]>()

function oneOfAKind(events: readonly ServerEvent[]): readonly ServerEvent[] {
  const key = events.join(' ')
  const known = LISTS.get(key)
  if (known) return known
  LISTS.set(key, events)
  return events
}

function isAmong(events: readonly ServerEvent[], event: ServerEvent): boolean {
  return events.includes(event)
}

/** Has the client got this event of the subscription's devices by it? */
export function hasHad({ deviceId, brings }: Subscription, kind: LiveKind, item: WindowItem): boolean {
  if (!brings || (deviceId !== undefined && deviceId !== item.entry.deviceId)) return false
  if (item.seq >= brings[kind]) return true
  return (
    brings.since !== undefined &&
    !reaches(placeOf(brings.since[kind]?.[item.partition]), placeOfEntry(item.entry))
  )
}

/** A window that is no whole number of ticks is made longer: never more frames than were asked for. */
function readBatch(batch: SubscribeOptions['batch']): BatchWindow | undefined {
  if (batch === undefined || batch === false) return undefined
  const { everyMs = BATCH_WINDOW_MS.default, latest = false } = batch === true ? {} : batch
  return { everyTicks: Math.ceil(everyMs / TICK_MS), latest }
}
