import {
  ALERT_EVENTS,
  BATCH_WINDOW_MS,
  LIVE_KINDS,
  type LiveKind,
  type Positions,
  READING_EVENTS,
  type Role,
  type ServerEvent,
  STATUS_EVENTS,
  SUBSCRIPTION_EVENTS,
  type SubscribeAlertsOptions,
  type SubscribeOptions,
  type SubscriptionKind,
} from '@iot/contracts'
import { AppError } from '@iot/runtime'
import type { Session } from '../sessions/session.js'
import { placeOf, placeOfEntry, reaches } from '../window/place.js'
import type { WindowItem } from '../window/window-log.js'

/** Batch windows are whole ticks of one clock that all clients share. */
export const TICK_MS = BATCH_WINDOW_MS.min

/** What a client has chosen. There are few ways to choose, and thousands of subscriptions that choose the same. */
interface Choice {
  readonly kind: SubscriptionKind
  readonly events: EventNames
  readonly batch: BatchWindow | undefined
  readonly alertTicks: number | undefined
}

/** A page of devices has dozens of them, so it is little more than whose it is and where it began. */
export class Subscription {
  readonly session: Session
  /** of kind `device` */
  readonly deviceId: string | undefined
  readonly #choice: Choice
  /** what it has brought the client; undefined until it is in force */
  brings: Brought | undefined = undefined
  /** its place in the room of its device, which keeps it */
  at = -1

  constructor(session: Session, deviceId: string | undefined, choice: Choice) {
    this.session = session
    this.deviceId = deviceId
    this.#choice = choice
  }

  get kind(): SubscriptionKind {
    return this.#choice.kind
  }

  /** events that carry one thing each; none of a kind that comes in batches */
  get events(): EventNames {
    return this.#choice.events
  }

  /** of readings */
  get batch(): BatchWindow | undefined {
    return this.#choice.batch
  }

  /** of kind `alerts` */
  get alertTicks(): number | undefined {
    return this.#choice.alertTicks
  }
}

export type EventNames = Readonly<Record<LiveKind, readonly ServerEvent[]>>

/** Every name of single events, in the order in which they are sent. */
export const SINGLE_EVENTS = {
  readings: READING_EVENTS,
  status: STATUS_EVENTS,
  alerts: ALERT_EVENTS,
} as const satisfies EventNames

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
  alerts: '*alerts',
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
  options: SubscribeOptions | SubscribeAlertsOptions = {},
): Subscription {
  const offered: readonly ServerEvent[] = SUBSCRIPTION_EVENTS[kind]
  const wanted: readonly ServerEvent[] = options.names ?? offered
  const strange = wanted.filter((name) => !offered.includes(name))
  if (strange.length > 0) {
    throw new AppError(
      'VALIDATION_FAILED',
      `names: ${strange.join(', ')} does not belong to this subscription; it has ${offered.join(', ')}`,
    )
  }
  const events = offered.filter((event) => wanted.includes(event))
  return new Subscription(session, deviceId, oneOfAKind(kind, events, readBatch(options.batch)))
}

/** Whoever chooses like nobody else does has a choice of their own. */
const MAX_CHOICES = 1_000
const CHOICES = new Map<string, Choice>()

function oneOfAKind(
  kind: SubscriptionKind,
  events: readonly ServerEvent[],
  window: BatchWindow | undefined,
): Choice {
  const key = [kind, window?.everyTicks, window?.latest, ...events].join(' ')
  let choice = CHOICES.get(key)
  if (!choice) {
    choice = choiceOf(kind, events, window)
    if (CHOICES.size < MAX_CHOICES) CHOICES.set(key, choice)
  }
  return choice
}

function choiceOf(
  kind: SubscriptionKind,
  events: readonly ServerEvent[],
  window: BatchWindow | undefined,
): Choice {
  const inBatches = window && (kind === 'alerts' ? 'alerts' : 'readings')
  const of = (one: LiveKind) => {
    const singles: readonly ServerEvent[] = one === inBatches ? [] : SINGLE_EVENTS[one]
    return events.filter((event) => singles.includes(event))
  }
  return {
    kind,
    events: { readings: of('readings'), status: of('status'), alerts: of('alerts') },
    batch: inBatches === 'readings' ? window : undefined,
    alertTicks: inBatches === 'alerts' ? window?.everyTicks : undefined,
  }
}

/** What it brings, one by one or in batches. */
export function kindsOf({ events, batch, alertTicks }: Subscription): LiveKind[] {
  const inBatches = { readings: batch !== undefined, status: false, alerts: alertTicks !== undefined }
  return LIVE_KINDS.filter((kind) => inBatches[kind] || events[kind].length > 0)
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
