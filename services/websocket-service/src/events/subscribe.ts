import type { Positions, Subscribed, SubscribeOptions, SubscriptionKind } from '@iot/contracts'
import type { DeviceState } from '@iot/ports'
import { AppError } from '@iot/runtime'
import type { BatchWindows } from '../outbox/batch-windows.js'
import { createBundle } from '../outbox/frame.js'
import type { PositionsBeat } from '../outbox/positions-beat.js'
import type { Replays } from '../outbox/replays.js'
import type { Tally } from '../outbox/tally.js'
import { canSee, requireVisible } from '../rooms/can-see.js'
import type { DeviceDirectory } from '../rooms/device-directory.js'
import type { Rooms } from '../rooms/rooms.js'
import { createSubscription, isAllowed, type Subscription, subscriptionKey } from '../rooms/subscription.js'
import type { Session } from '../sessions/session.js'
import type { Heads } from '../window/heads.js'
import type { WindowLog } from '../window/window-log.js'
import { type Cut, cutOf, writeBetween } from './between.js'
import type { Handler, Reply } from './dispatcher.js'
import { caughtUp, findMissed, type Missed, spelledOut, type Unrecovered } from './resume.js'
import { readingsOf, type Snapshots, statusOf } from './snapshots.js'

const RETRY_BUSY_MS = 500

export interface SubscribeDeps {
  readonly directory: DeviceDirectory
  readonly rooms: Rooms
  readonly snapshots: Snapshots
  readonly readings: WindowLog
  readonly status: WindowLog
  readonly alerts: WindowLog
  readonly heads: Heads
  readonly batches: BatchWindows
  readonly beat: PositionsBeat
  readonly replays: Replays
  readonly tally: Tally
  readonly maxSubscriptions: number
  onResume(outcome: 'recovered' | Unrecovered): void
}

/**
 * Subscribing: the place in the windows is taken first, then the snapshot is read; the answer goes out, then what
 * came between the two and is not in the snapshot, and from there on the session is in the rooms. All after the
 * reading of the snapshot is one step without waiting, so nothing is missed and nothing comes twice. Who was away
 * and names its positions gets what it missed instead, where the windows still have all of it.
 */
export function createSubscribeHandlers(deps: SubscribeDeps) {
  const subscribeTo =
    (kind: 'all-devices' | 'all'): Handler =>
    (session, [options]) =>
      subscribe(deps, session, kind, undefined, options as SubscribeOptions)
  const unsubscribeFrom =
    (kind: 'all-devices' | 'all'): Handler =>
    (session) =>
      unsubscribe(deps, session, subscriptionKey(kind))
  return {
    subscribeDevice: ((session, [deviceId, options]) =>
      subscribe(deps, session, 'device', deviceId as string, options as SubscribeOptions)) as Handler,
    unsubscribeDevice: ((session, [deviceId]) =>
      unsubscribe(deps, session, subscriptionKey('device', deviceId as string))) as Handler,
    subscribeAllDevices: subscribeTo('all-devices'),
    unsubscribeAllDevices: unsubscribeFrom('all-devices'),
    subscribeAll: subscribeTo('all'),
    unsubscribeAll: unsubscribeFrom('all'),
  }
}

/** Throws where the session may not have the subscription, or may not know of its device. */
function requireAllowed(
  { directory }: SubscribeDeps,
  session: Session,
  kind: SubscriptionKind,
  deviceId: string | undefined,
): void {
  if (!isAllowed(session.user.role, kind)) {
    throw new AppError('FORBIDDEN', 'This takes an administrator; subscribe-all-devices is for everybody')
  }
  if (deviceId !== undefined) requireVisible(directory, session, deviceId)
}

/** The session has gone: nothing is sent for it any more. */
export function leaveAll(
  deps: Pick<SubscribeDeps, 'rooms' | 'batches' | 'beat' | 'replays'>,
  session: Session,
): void {
  for (const subscription of session.subscriptions.values()) deps.rooms.remove(subscription)
  session.subscriptions.clear()
  session.joining.clear()
  deps.batches.remove(session)
  deps.beat.remove(session)
  deps.replays.remove(session)
}

async function subscribe(
  deps: SubscribeDeps,
  session: Session,
  kind: SubscriptionKind,
  deviceId: string | undefined,
  options: SubscribeOptions | undefined,
): Promise<Reply> {
  requireAllowed(deps, session, kind, deviceId)
  const subscription = createSubscription(session, kind, deviceId, options)
  const key = subscriptionKey(kind, deviceId)
  takePlace(deps, session, key)
  const ticket = Symbol(key)
  session.joining.set(key, ticket)
  const since = options?.since
  let begin: Begin
  try {
    if (since) await caughtUp(deps, subscription, since)
    begin = await readBegin(deps, session, deviceId)
  } catch (error) {
    if (session.joining.get(key) === ticket) session.joining.delete(key)
    throw error
  }
  if (session.joining.get(key) !== ticket) {
    throw new AppError('CONFLICT', 'A newer call for the same subscription took over')
  }
  session.joining.delete(key)
  let missed: Missed | undefined
  return {
    answer() {
      // Devices move, and rights change, also while a snapshot is being read.
      requireAllowed(deps, session, kind, deviceId)
      missed = since && resumed(deps, subscription, since)
      const isRecovered = since !== undefined && missed !== undefined
      return answerOf(deps, session, begin, isRecovered ? spelledOut(deps.heads, since) : undefined)
    },
    after: () => activate(deps, subscription, key, begin, missed && { missed, since: since! }),
  }
}

/** Where a subscription begins that is not resumed: a place in the windows, and a snapshot of a moment after it. */
interface Begin {
  readonly place: { readonly readings: number; readonly status: number }
  readonly positions: Positions
  readonly states: readonly DeviceState[]
  readonly isTruncated: boolean
  readonly cuts: ReadonlyMap<string, Cut>
}

async function readBegin(
  deps: SubscribeDeps,
  session: Session,
  deviceId: string | undefined,
): Promise<Begin> {
  const place = { readings: deps.readings.end, status: deps.status.end }
  const positions = deps.heads.positions()
  const snapshot = await (deviceId === undefined
    ? deps.snapshots.all(session.scope)
    : deps.snapshots.of(deviceId))
  const states = snapshot ?? []
  const cuts = new Map(states.map((state) => [state.deviceId, cutOf(state)]))
  if (deviceId !== undefined) raise(positions, cuts.get(deviceId))
  return { place, positions, states, isTruncated: !snapshot, cuts }
}

/** What the subscription missed; undefined where it can't be had whole. */
function resumed(deps: SubscribeDeps, subscription: Subscription, since: Positions): Missed | undefined {
  const found = findMissed(deps, subscription, since)
  if (typeof found === 'string') {
    deps.onResume(found)
    return undefined
  }
  deps.replays.take(subscription.session, found.bytes)
  deps.onResume('recovered')
  return found
}

function answerOf(
  { readings, status, directory }: SubscribeDeps,
  session: Session,
  { place, positions, states, isTruncated }: Begin,
  since: Positions | undefined,
): Subscribed {
  if (!since && (place.readings < readings.start || place.status < status.start)) {
    throw new AppError('UNAVAILABLE', 'The snapshot took too long: try again', {
      retryAfterMs: RETRY_BUSY_MS,
    })
  }
  const visible = states.filter(({ deviceId }) => canSee(directory, session, deviceId))
  return {
    ok: true,
    latest: readingsOf(visible),
    status: statusOf(visible),
    positions: since ?? positions,
    recovered: since !== undefined,
    ...(isTruncated && { truncated: true as const }),
  }
}

/** Puts the subscription in force: everything up to here has been answered. */
function activate(
  deps: SubscribeDeps,
  subscription: Subscription,
  key: string,
  { place, cuts }: Begin,
  resume: { missed: Missed; since: Positions } | undefined,
): void {
  const { session } = subscription
  const now = { readings: deps.readings.end, status: deps.status.end, alerts: deps.alerts.end }
  deps.batches.flush(session)
  if (resume) writeMissed(deps, session, resume.missed)
  else writeBetween(deps, subscription, place, cuts)
  const old = session.subscriptions.get(key)
  if (old) deps.rooms.remove(old)
  subscription.brings = { ...now, since: resume?.since }
  session.subscriptions.set(key, subscription)
  deps.rooms.add(subscription)
  deps.batches.reassign(session, resume ? now.readings : place.readings)
  deps.beat.add(session)
  // All of its subscriptions are answered: what it has been sent by now it need not be sent again.
  if (resume && session.joining.size === 0) deps.beat.tell(session)
}

function writeMissed({ tally }: SubscribeDeps, { outbox }: Session, { frames, readings }: Missed): void {
  if (frames.length === 0) return
  outbox.writeMissed(createBundle(frames))
  for (const { event } of frames) tally.add(event, 1, 0)
  tally.add(frames[0]!.event, 0, readings)
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
