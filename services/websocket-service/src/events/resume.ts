import { LIVE_KINDS, type LiveKind, PARTITIONS, type Positions, partitionOf } from '@iot/contracts'
import { encodeAlerts } from '../outbox/alert-windows.js'
import { createFrame, type Frame } from '../outbox/frame.js'
import { type AlertSubject, alertKeysOf, canSeeAlert, subjectOfEntry } from '../rooms/alert-subject.js'
import type { DeviceDirectory } from '../rooms/device-directory.js'
import { hasHad, kindsOf, type Subscription } from '../rooms/subscription.js'
import type { Session } from '../sessions/session.js'
import type { Heads } from '../window/heads.js'
import { type Place, placeOf, reaches } from '../window/place.js'
import type { WindowItem, WindowLog } from '../window/window-log.js'

/** Events that one return may bring. */
const MAX_MISSED = 20_000
/** What one connection may be owed of what it missed. */
const MAX_MISSED_BYTES = 4_194_304
/** How long a replica that is behind the client may take to come up to it. */
const BEHIND_MS = 2_000
const READINGS_PER_FRAME = 500

export interface ResumeDeps {
  readonly directory: Pick<DeviceDirectory, 'siteOf' | 'devicesAt'>
  readonly readings: WindowLog
  readonly status: WindowLog
  readonly alerts: WindowLog
  readonly heads: Heads
}

/** Why a client that came back gets a snapshot and nothing of what it missed. */
export type Unrecovered = 'latest' | 'lagging' | 'epoch' | 'ahead' | 'trimmed' | 'too_many'

/** What a client missed, ready to be written. */
export interface Missed {
  readonly frames: readonly Frame[]
  readonly bytes: number
  readonly readings: number
}

/** Waits for what the client has seen and this replica has not; a client of another log does not wait. */
export function caughtUp({ heads }: ResumeDeps, subscription: Subscription, since: Positions): Promise<void> {
  const isReached = () => since.epoch !== heads.epoch || !isAhead(heads, subscription, since)
  return heads.reached(isReached, BEHIND_MS)
}

/** Looks up what a subscription missed, whole, or says why it can't be had. Synchronous: the answer holds now. */
export function findMissed(
  deps: ResumeDeps,
  subscription: Subscription,
  since: Positions,
): Missed | Unrecovered {
  const { session, batch } = subscription
  if (batch?.latest) return 'latest'
  if (session.outbox.lagsFrom !== undefined) return 'lagging'
  if (since.epoch !== deps.heads.epoch) return 'epoch'
  if (isAhead(deps.heads, subscription, since)) return 'ahead'
  const found: Record<LiveKind, readonly WindowItem[]> = { readings: [], status: [], alerts: [] }
  let count = 0
  for (const kind of kindsSince(subscription, since)) {
    const places = placesOf(deps.heads, kind, subscription, since)
    for (const [partition, place] of places) {
      // Looking for what came after the end would walk through all of the past.
      if (reaches(place, placeOf(deps.heads.get(kind, partition)))) places.delete(partition)
      else if (!deps[kind].reachesBack(partition, place)) return 'trimmed'
    }
    found[kind] = deps[kind].after(places, MAX_MISSED + 1, keysOf(deps, kind, subscription))
    count += found[kind].length
  }
  if (count > MAX_MISSED) return 'too_many'
  found.alerts = found.alerts.filter(({ entry }) => concerns(deps, subscription, subjectOfEntry(entry)))
  const missed = encode(deps.heads, subscription, since, found)
  return missed.bytes + session.outbox.replayBytes() > MAX_MISSED_BYTES ? 'too_many' : missed
}

/** `since`, with the partitions that it says nothing of named: nothing of them had been seen. */
export function spelledOut(heads: Heads, since: Positions): Positions {
  const { epoch } = since
  const spelled = {
    epoch,
    readings: { ...since.readings },
    status: { ...since.status },
    alerts: { ...since.alerts },
  }
  for (const kind of LIVE_KINDS) {
    for (const partition of heads.partitions(kind)) spelled[kind][partition] ??= -1
  }
  return spelled
}

/** Under which keys the past is looked for: what a session may see is judged as it is now. Undefined: under all. */
function keysOf(
  { directory }: ResumeDeps,
  kind: LiveKind,
  { deviceId, session }: Subscription,
): readonly string[] | undefined {
  if (deviceId !== undefined) return [deviceId]
  const { sites } = session.scope
  if (!sites) return undefined
  return kind === 'alerts' ? alertKeysOf(directory, sites) : directory.devicesAt(sites)
}

function concerns(
  { directory }: ResumeDeps,
  { deviceId, session }: Subscription,
  subject: AlertSubject,
): boolean {
  if (deviceId === undefined) return canSeeAlert(directory, session, subject)
  return subject !== 'system' && subject.deviceId === deviceId
}

/** Who keeps no place among alerts, as before there were any, has a device's alerts from now on. */
function kindsSince(subscription: Subscription, since: Positions): LiveKind[] {
  return kindsOf(subscription).filter(
    (kind) => kind !== 'alerts' || since.alerts !== undefined || subscription.kind === 'alerts',
  )
}

/** Where the client stands in every partition that concerns the subscription. */
function placesOf(
  heads: Heads,
  kind: LiveKind,
  { deviceId }: Subscription,
  since: Positions,
): Map<number, Place> {
  const known = [...heads.partitions(kind), ...Object.keys(since[kind] ?? {}).map(Number)]
  const partitions = deviceId === undefined ? known : [partitionOf(deviceId, PARTITIONS)]
  const places = new Map(partitions.map((partition) => [partition, placeOf(since[kind]?.[partition])]))
  // Where nothing has ever been published there is nothing to miss.
  for (const [partition, { offset }] of places) {
    if (offset < 0 && heads.get(kind, partition) === undefined) places.delete(partition)
  }
  return places
}

function isAhead(heads: Heads, subscription: Subscription, since: Positions): boolean {
  return kindsSince(subscription, since).some((kind) =>
    [...placesOf(heads, kind, subscription, since)].some(
      ([partition, { offset }]) => offset > (heads.get(kind, partition) ?? -1),
    ),
  )
}

function encode(
  heads: Heads,
  subscription: Subscription,
  since: Positions,
  found: Record<LiveKind, readonly WindowItem[]>,
): Missed {
  const frames = [
    ...encodeSingles(subscription, 'status', found.status),
    ...encodeSingles(subscription, 'alerts', found.alerts),
    ...encodeSingles(subscription, 'readings', found.readings),
    ...(subscription.batch ? encodeBatches(heads, subscription, since, found.readings) : []),
    ...(subscription.alertTicks ? encodeAlertBatches(heads, subscription, since, found.alerts) : []),
  ]
  return {
    frames,
    bytes: frames.reduce((sum, { bytes }) => sum + bytes, 0),
    readings: found.readings.length,
  }
}

/** Under each name that no other subscription of the client has brought the event under already. */
function encodeSingles(subscription: Subscription, kind: LiveKind, items: readonly WindowItem[]): Frame[] {
  const others = overlapping(subscription)
  return items.flatMap((item) =>
    subscription.events[kind]
      .filter((name) => !others.some((one) => one.events[kind].includes(name) && hasHad(one, kind, item)))
      .map((name) => createFrame(name, item.entry.json)),
  )
}

function encodeAlertBatches(
  heads: Heads,
  subscription: Subscription,
  since: Positions,
  items: readonly WindowItem[],
): readonly Frame[] {
  const others = overlapping(subscription).filter(({ alertTicks }) => alertTicks !== undefined)
  const fresh = items.filter((item) => !others.some((one) => hasHad(one, 'alerts', item)))
  const positions = { ...heads.positions(), alerts: spelledOut(heads, since).alerts! }
  let next = 0
  const positionsAt = (last: number) => {
    for (; next <= last; next++) positions.alerts[fresh[next]!.partition] = fresh[next]!.entry.offset
    return JSON.stringify(positions)
  }
  return (
    encodeAlerts(
      fresh.map(({ entry }) => entry.json),
      positionsAt,
    )?.frames ?? []
  )
}

/** Frames of some readings each, with the positions up to which they bring the client. */
function encodeBatches(
  heads: Heads,
  subscription: Subscription,
  since: Positions,
  items: readonly WindowItem[],
): Frame[] {
  const others = overlapping(subscription).filter(({ batch }) => batch && !batch.latest)
  const fresh = items.filter((item) => !others.some((one) => hasHad(one, 'readings', item)))
  const { status, alerts } = heads.positions()
  const positions = { ...spelledOut(heads, since), status, alerts }
  const frames: Frame[] = []
  for (let from = 0; from < fresh.length; from += READINGS_PER_FRAME) {
    const part = fresh.slice(from, from + READINGS_PER_FRAME)
    for (const { partition, entry } of part) {
      positions.readings[partition] = entry.index === undefined ? entry.offset : [entry.offset, entry.index]
    }
    const bodies = part.map(({ entry }) => entry.json).join(',')
    frames.push(
      createFrame('sensor:batch', `{"readings":[${bodies}],"positions":${JSON.stringify(positions)}}`),
    )
  }
  return frames
}

function overlapping({ session, deviceId }: Subscription): Subscription[] {
  return subscriptionsOf(session).filter(
    (one) => one.deviceId === undefined || deviceId === undefined || one.deviceId === deviceId,
  )
}

function subscriptionsOf({ subscriptions }: Session): Subscription[] {
  return [...subscriptions.values()]
}
