import type { LiveKind } from '@iot/contracts'
import type { DeviceState } from '@iot/ports'
import type { BatchWindows } from '../outbox/batch-windows.js'
import { createBundle, createFrame } from '../outbox/frame.js'
import { laneOf } from '../outbox/lanes.js'
import { isAbout } from '../rooms/alert-subject.js'
import { canSee } from '../rooms/can-see.js'
import type { DeviceDirectory } from '../rooms/device-directory.js'
import { eventsOf } from '../rooms/rooms.js'
import type { Subscription } from '../rooms/subscription.js'
import { timestampOf } from '../window/body-timestamp.js'
import type { Heads } from '../window/heads.js'
import type { WindowItem, WindowLog } from '../window/window-log.js'

/** Up to where a device's snapshot has seen its events. */
export interface Cut {
  readonly partition: number | undefined
  readonly offset: number
  readonly statusAt: string
}

/** A record's readings become state together, so the newest record among them is seen whole. */
export function cutOf(state: DeviceState): Cut {
  let partition: number | undefined
  let offset = -1
  for (const { position } of state.readings) {
    if (!position || position.offset <= offset) continue
    offset = position.offset
    partition = position.partition
  }
  return { partition, offset, statusAt: state.statusAt ?? '' }
}

/**
 * Writes what came between a subscription's place in the windows and now, is not in its snapshot, and does not
 * reach the session by another subscription already. A session that lags gets it when it catches up.
 */
export function writeBetween(
  deps: {
    directory: Pick<DeviceDirectory, 'siteOf'>
    readings: WindowLog
    status: WindowLog
    alerts: WindowLog
    heads: Heads
    batches: BatchWindows
  },
  subscription: Subscription,
  from: Readonly<Record<LiveKind, number>>,
  cuts: ReadonlyMap<string, Cut>,
): void {
  const { session, deviceId, batch } = subscription
  const isVisible = (id: string) => canSee(deps.directory, session, id)
  const missedStatus = between(deps.status, deviceId, from.status).filter(
    ({ entry }) =>
      timestampOf(entry.json) > (cuts.get(entry.deviceId)?.statusAt ?? '') && isVisible(entry.deviceId),
  )
  writeSingles(subscription, missedStatus, 'status')
  if (deviceId !== undefined && isVisible(deviceId)) {
    writeSingles(subscription, deps.alerts.sinceOf(deviceId, from.alerts).filter(isAbout(deviceId)), 'alerts')
  }
  if (session.outbox.lagsFrom !== undefined) return
  const missed = between(deps.readings, deviceId, from.readings).filter(
    ({ entry }) => entry.offset > (cuts.get(entry.deviceId)?.offset ?? -1) && isVisible(entry.deviceId),
  )
  writeSingles(subscription, missed, 'readings')
  if (!batch) return
  const fresh = missed.filter(({ entry }) => !laneOf(session.lanes, entry.deviceId))
  if (fresh.length === 0) return
  const items = batch.latest ? deps.readings.newestItemsOf(fresh) : fresh
  session.outbox.write(deps.batches.encode(items, deps.heads.text()))
}

function between(log: WindowLog, deviceId: string | undefined, from: number): readonly WindowItem[] {
  return deviceId === undefined ? log.since(from) : log.sinceOf(deviceId, from)
}

function writeSingles(subscription: Subscription, items: readonly WindowItem[], kind: LiveKind): void {
  const { session, events } = subscription
  const frames = items.flatMap(({ entry }) => {
    const had = eventsOf(session, entry.deviceId, kind)
    return events[kind].filter((name) => !had.includes(name)).map((name) => createFrame(name, entry.json))
  })
  if (frames.length > 0) session.outbox.write(createBundle(frames))
}
