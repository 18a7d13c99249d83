import type { Positions, Subscribed, SubscribeOptions, SubscriptionKind } from '@iot/contracts'
import type { DeviceState } from '@iot/ports'
import { AppError } from '@iot/runtime'
import type { BatchWindows } from '../outbox/batch-windows.js'
import { requireVisible } from '../rooms/can-see.js'
import type { Rooms } from '../rooms/rooms.js'
import { createSubscription, type Subscription, subscriptionKey } from '../rooms/subscription.js'
import type { Session } from '../sessions/session.js'
import type { Heads } from '../window/heads.js'
import type { WindowLog } from '../window/window-log.js'
import { type Cut, cutOf, writeBetween } from './between.js'
import type { Handler, Reply } from './dispatcher.js'
import { readingsOf, type Snapshots, statusOf } from './snapshots.js'

const RETRY_BUSY_MS = 500

export interface SubscribeDeps {
  readonly rooms: Rooms
  readonly snapshots: Snapshots
  readonly readings: WindowLog
  readonly status: WindowLog
  readonly heads: Heads
  readonly batches: BatchWindows
  readonly maxSubscriptions: number
}

/**
 * Subscribing: the place in the windows is taken first, then the snapshot is read; the answer goes out, then what
 * came between the two and is not in the snapshot, and from there on the session is in the rooms. All after the
 * reading of the snapshot is one step without waiting, so nothing is missed and nothing comes twice.
 */
export function createSubscribeHandlers(deps: SubscribeDeps) {
  const subscribeDevice: Handler = (session, [deviceId, options]) => {
    requireVisible(session, deviceId as string)
    return subscribe(deps, session, 'device', deviceId as string, options as SubscribeOptions)
  }
  const subscribeAll: Handler = (session, [options]) =>
    subscribe(deps, session, 'all-devices', undefined, options as SubscribeOptions)
  const unsubscribeDevice: Handler = (session, [deviceId]) =>
    unsubscribe(deps, session, subscriptionKey('device', deviceId as string))
  const unsubscribeAll: Handler = (session) => unsubscribe(deps, session, subscriptionKey('all-devices'))
  return { subscribeDevice, subscribeAll, unsubscribeDevice, unsubscribeAll }
}

/** The session has gone: nothing is sent for it any more. */
export function leaveAll(deps: Pick<SubscribeDeps, 'rooms' | 'batches'>, session: Session): void {
  for (const subscription of session.subscriptions.values()) deps.rooms.remove(subscription)
  session.subscriptions.clear()
  session.joining.clear()
  deps.batches.remove(session)
}

async function subscribe(
  deps: SubscribeDeps,
  session: Session,
  kind: SubscriptionKind,
  deviceId: string | undefined,
  options: SubscribeOptions | undefined,
): Promise<Reply> {
  const subscription = createSubscription(session, kind, deviceId, options)
  const key = subscriptionKey(kind, deviceId)
  takePlace(deps, session, key)
  const ticket = Symbol(key)
  session.joining.set(key, ticket)
  const from = { readings: deps.readings.end, status: deps.status.end }
  const positions = deps.heads.positions()
  let snapshot: DeviceState[] | undefined
  try {
    snapshot = await (deviceId === undefined ? deps.snapshots.all() : deps.snapshots.of(deviceId))
  } catch (error) {
    if (session.joining.get(key) === ticket) session.joining.delete(key)
    throw error
  }
  if (session.joining.get(key) !== ticket) {
    throw new AppError('CONFLICT', 'A newer call for the same subscription took over')
  }
  session.joining.delete(key)
  if (from.readings < deps.readings.start || from.status < deps.status.start) {
    throw new AppError('UNAVAILABLE', 'The snapshot took too long: try again', {
      retryAfterMs: RETRY_BUSY_MS,
    })
  }
  const states = snapshot ?? []
  const cuts = new Map(states.map((state) => [state.deviceId, cutOf(state)]))
  if (deviceId !== undefined) raise(positions, cuts.get(deviceId))
  // Resuming from `since` belongs here: the window would answer with what was missed, and `recovered: true`.
  const answer: Subscribed = {
    ok: true,
    latest: readingsOf(states),
    status: statusOf(states),
    positions,
    recovered: false,
    ...(!snapshot && { truncated: true as const }),
  }
  return { answer, after: () => activate(deps, subscription, key, from, cuts) }
}

/** Puts the subscription in force: everything up to here has been answered. */
function activate(
  deps: SubscribeDeps,
  subscription: Subscription,
  key: string,
  from: { readings: number; status: number },
  cuts: ReadonlyMap<string, Cut>,
): void {
  const { session } = subscription
  deps.batches.flush(session)
  writeBetween(deps, subscription, from, cuts)
  const old = session.subscriptions.get(key)
  if (old) deps.rooms.remove(old)
  session.subscriptions.set(key, subscription)
  deps.rooms.add(subscription)
  deps.batches.reassign(session, from.readings)
}

function unsubscribe(deps: SubscribeDeps, session: Session, key: string): Reply {
  session.joining.delete(key)
  const subscription = session.subscriptions.get(key)
  if (subscription) {
    deps.batches.flush(session)
    session.subscriptions.delete(key)
    deps.rooms.remove(subscription)
    deps.batches.reassign(session, deps.readings.end)
  }
  return { answer: {} }
}

function takePlace({ maxSubscriptions }: SubscribeDeps, session: Session, key: string): void {
  if (session.subscriptions.has(key) || session.joining.has(key)) return
  const taken = session.subscriptions.size + session.joining.size
  if (taken < maxSubscriptions) return
  throw new AppError(
    'TOO_MANY_SUBSCRIPTIONS',
    `A connection has at most ${maxSubscriptions} subscriptions: end one first`,
  )
}

/** One device's snapshot may be newer than the place that was taken: live goes on behind it. */
function raise(positions: Positions, cut: Cut | undefined): void {
  if (cut?.partition === undefined) return
  const known = positions.readings[cut.partition]
  if (typeof known !== 'number' || known < cut.offset) positions.readings[cut.partition] = cut.offset
}
