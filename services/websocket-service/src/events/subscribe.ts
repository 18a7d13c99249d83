import type { LiveKind, Positions, Subscribed, SubscribeOptions, SubscriptionKind } from '@iot/contracts'
import type { DeviceState } from '@iot/ports'
import { AppError } from '@iot/runtime'
import { canSee, requireVisible } from '../rooms/can-see.js'
import { createSubscription, isAllowed, subscriptionKey } from '../rooms/subscription.js'
import type { Session } from '../sessions/session.js'
import { type Cut, cutOf, writeBetween } from './between.js'
import type { Handler, Reply } from './dispatcher.js'
import { activate, endSubscription, type JoiningDeps, resumed, whileJoining } from './joining.js'
import { caughtUp, type Missed, spelledOut } from './resume.js'
import { readingsOf, type Snapshots, statusOf } from './snapshots.js'

const RETRY_BUSY_MS = 500

export interface SubscribeDeps extends JoiningDeps {
  readonly snapshots: Snapshots
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
    (session) => {
      endSubscription(deps, session, subscriptionKey(kind))
      return { answer: {} }
    }
  return {
    subscribeDevice: ((session, [deviceId, options]) =>
      subscribe(deps, session, 'device', deviceId as string, options as SubscribeOptions)) as Handler,
    unsubscribeDevice: ((session, [deviceId]) => {
      endSubscription(deps, session, subscriptionKey('device', deviceId as string))
      return { answer: {} }
    }) as Handler,
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
  const since = options?.since
  const begin = await whileJoining(deps, session, key, async () => {
    if (since) await caughtUp(deps, subscription, since)
    return await readBegin(deps, session, deviceId)
  })
  let missed: Missed | undefined
  return {
    answer() {
      // Devices move, and rights change, also while a snapshot is being read.
      requireAllowed(deps, session, kind, deviceId)
      missed = since && resumed(deps, subscription, since)
      const resumedAt = since && missed && spelledOut(deps.heads, since)
      return {
        ...answerOf(deps, session, begin, resumedAt),
        ...(missed && { missed: missed.readings }),
      }
    },
    after() {
      const { place, cuts } = begin
      const writeBegin = () => writeBetween(deps, subscription, place, cuts)
      const resume = missed && { missed, since: since! }
      activate(deps, subscription, key, { readings: place.readings, writeBegin }, resume)
    },
  }
}

/** Where a subscription begins that is not resumed: a place in the windows, and a snapshot of a moment after it. */
interface Begin {
  readonly place: Readonly<Record<LiveKind, number>>
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
  const place = { readings: deps.readings.end, status: deps.status.end, alerts: deps.alerts.end }
  const positions = deps.heads.positions()
  const snapshot = await (deviceId === undefined
    ? deps.snapshots.all(session.scope)
    : deps.snapshots.of(deviceId))
  const states = snapshot ?? []
  const cuts = new Map(states.map((state) => [state.deviceId, cutOf(state)]))
  if (deviceId !== undefined) raise(positions, cuts.get(deviceId))
  return { place, positions, states, isTruncated: !snapshot, cuts }
}

function answerOf(
  { readings, status, alerts, directory }: SubscribeDeps,
  session: Session,
  { place, positions, states, isTruncated }: Begin,
  since: Positions | undefined,
): Subscribed {
  const isGone = place.readings < readings.start || place.status < status.start || place.alerts < alerts.start
  if (!since && isGone) {
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

/** One device's snapshot may be newer than the place that was taken: live goes on behind it. */
function raise(positions: Positions, cut: Cut | undefined): void {
  if (cut?.partition === undefined) return
  const known = positions.readings[cut.partition]
  if (typeof known !== 'number' || known < cut.offset) positions.readings[cut.partition] = cut.offset
}
