import type { AlertEvent, LiveKind } from '@iot/contracts'
import type { Clock, LiveEntry } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { WebsocketMetrics } from '../metrics.js'
import { subjectOf } from '../rooms/alert-subject.js'
import { DeviceDirectory, type Moves } from '../rooms/device-directory.js'
import { Rooms } from '../rooms/rooms.js'
import { sightChanges, tellSight } from '../rooms/sight.js'
import type { Session } from '../sessions/session.js'
import type { Heads } from '../window/heads.js'
import { WindowLog } from '../window/window-log.js'
import { AlertWindows } from './alert-windows.js'
import { BatchWindows } from './batch-windows.js'
import { createFanOut } from './fan-out.js'
import { PositionsBeat } from './positions-beat.js'
import { RecentAlerts } from './recent-alerts.js'
import { Replays } from './replays.js'
import { SlowClients } from './slow-clients.js'
import { tellSystemAlert } from './system-alerts.js'
import { Tally } from './tally.js'

/** A little longer than a client may be away and get what it missed; nobody may lag nearly as long. */
const WINDOW_MS = 125_000
/** Status changes are rare and small beside readings. */
const STATUS_SHARE = 16
/** Alerts as well, but for the minute in which everything breaks. */
const ALERTS_SHARE = 8

export interface Delivery {
  readonly directory: DeviceDirectory
  readonly rooms: Rooms
  readonly readings: WindowLog
  readonly status: WindowLog
  readonly alerts: WindowLog
  readonly batches: BatchWindows
  readonly alertWindows: AlertWindows
  readonly recentAlerts: RecentAlerts
  readonly slow: SlowClients
  readonly beat: PositionsBeat
  readonly replays: Replays
  readonly tally: Tally
  /** Passes events on to whom they concern. Synchronous. */
  deliver(kind: LiveKind, partition: number, entries: readonly LiveEntry[]): void
  /** From here on everything of a partition comes. */
  begin(kind: LiveKind, partition: number, after: number): void
  /** Another log: what was published before can't be resumed. */
  restart(): void
  /** Devices are elsewhere: from here on those see them who may see them there. */
  move(moves: Moves): void
  /** Ends the batch windows that are due. */
  tick(tick: number): void
  /** Lets go of what is old, hands counters over. */
  sweep(): void
}

/** Everything between the feed and the connections. */
export function createDelivery(deps: {
  heads: Heads
  clock: Clock
  logger: Logger
  metrics: WebsocketMetrics
  windowBytes: number
  /** everyone who is connected here */
  connected(): Iterable<Session>
}): Delivery {
  const { heads, clock, logger, metrics, windowBytes } = deps
  const directory = new DeviceDirectory()
  const rooms = new Rooms(directory)
  const readings = new WindowLog({ maxBytes: windowBytes, maxMs: WINDOW_MS })
  const status = new WindowLog({ maxBytes: windowBytes / STATUS_SHARE, maxMs: WINDOW_MS })
  const alerts = new WindowLog({ maxBytes: windowBytes / ALERTS_SHARE, maxMs: WINDOW_MS })
  const logs: Record<LiveKind, WindowLog> = { readings, status, alerts }
  const tally = new Tally(clock)
  const slow = new SlowClients({ log: readings, directory, tally, clock, logger, metrics })
  const onFull = (session: Session, seq: number) => slow.enter(session, seq)
  const batches = new BatchWindows({
    log: readings,
    directory,
    heads,
    tally,
    onFull,
    onOutrun: (session) => slow.close(session),
  })
  const alertWindows = new AlertWindows({
    log: alerts,
    directory,
    heads,
    tally,
    onOutrun: (session) => slow.close(session),
  })
  const recentAlerts = new RecentAlerts()
  const beat = new PositionsBeat({ heads, tally })
  const fanOut = createFanOut({ rooms, tally, onFull })
  /** Where each log was a quarter of its room ago, at most. */
  const marks = { readings: { bytes: 0, end: 0 }, alerts: { bytes: 0, end: 0 } }

  /**
   * Windows that are open must not be outrun by what they are cut from: those that have sent nothing for a quarter of its
   * room are flushed. The others keep their beat.
   */
  function flushBeforeOutrun(kind: 'readings' | 'alerts'): void {
    const { addedBytes, end } = logs[kind]
    const share = kind === 'alerts' ? ALERTS_SHARE : 1
    const mark = marks[kind]
    if (addedBytes - mark.bytes < windowBytes / share / 4) return
    marks[kind] = { bytes: addedBytes, end }
    if (kind === 'alerts') alertWindows.flushBehind(mark.end)
    else batches.flushBehind(mark.end)
  }

  function deliverAlerts(entries: readonly LiveEntry[], partition: number, nowMs: number): void {
    const readable = entries.flatMap((entry) => {
      const event = readAlert(entry)
      if (!event) logger.warn({ partition, offset: entry.offset }, 'an alert on the live bus can’t be read')
      return event ? [{ entry, event }] : []
    })
    const events = readable.map(({ event }) => event)
    const items = readable.map(({ entry }) => alerts.append(entry, partition, nowMs))
    for (const event of events) recentAlerts.note(event, nowMs)
    const subjects = events.map(subjectOf)
    fanOut.alerts(items, subjects)
    for (const [at, subject] of subjects.entries()) {
      if (subject === 'system') tellSystemAlert(events[at]!, { sessions: deps.connected(), tally })
    }
    flushBeforeOutrun('alerts')
  }

  return {
    directory,
    rooms,
    ...logs,
    batches,
    alertWindows,
    recentAlerts,
    slow,
    beat,
    replays: new Replays(),
    tally,
    begin: (kind, partition, after) => logs[kind].beginAt(partition, after),
    restart() {
      for (const log of Object.values(logs)) log.restart()
      recentAlerts.clear()
      beat.resync()
    },
    deliver(kind, partition, entries) {
      const nowMs = clock.nowMs()
      if (kind === 'alerts') return deliverAlerts(entries, partition, nowMs)
      if (kind === 'status') {
        return fanOut.status(entries.map((entry) => status.append(entry, partition, nowMs)))
      }
      // Where everybody takes batches, which are cut from the window, nobody needs its items.
      if (rooms.hasReaders) fanOut.readings(entries.map((entry) => readings.append(entry, partition, nowMs)))
      else for (const entry of entries) readings.add(entry, partition, nowMs)
      flushBeforeOutrun('readings')
    },
    move(moves) {
      batches.flushLimited()
      alertWindows.flushLimited()
      const changes = sightChanges({ rooms, directory }, moves)
      directory.apply(moves)
      for (const session of rooms.moved(moves.keys())) batches.reassign(session, readings.end)
      tellSight(changes)
    },
    tick(tick) {
      alertWindows.tick(tick)
      batches.tick(tick)
      slow.check(batches)
      beat.tick(tick)
    },
    sweep() {
      for (const log of Object.values(logs)) log.trim(clock.nowMs())
      recentAlerts.trim(clock.nowMs())
      tally.report(metrics)
    },
  }
}

/** Anybody who reaches the bus can publish: one alert that can’t be read must not take others with it. */
function readAlert({ json }: LiveEntry): AlertEvent | undefined {
  try {
    return JSON.parse(json) as AlertEvent
  } catch {
    return undefined
  }
}
