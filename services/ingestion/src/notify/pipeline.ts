import { type AlertRecord, type AlertTransitionRecord, TOPICS } from '@iot/contracts'
import {
  type AlertSender,
  type ChannelRow,
  type ChannelStore,
  type Clock,
  type EventLog,
  type FleetChannel,
  type LogConsumer,
  type LogRecord,
  type LogSubscription,
  MAX_CHANNELS,
  type NotificationStore,
} from '@iot/ports'
import type { Component, Logger, Metrics } from '@iot/runtime'
import { writeAllButRefused } from '../archive/write-all-but-refused.js'
import { createNotifyMetrics } from '../metrics.js'
import { countTransitions, slotOf } from './count-transitions.js'
import { createOutageNotices } from './outage-notices.js'
import { type ChannelRouter, createChannelRouter } from './route-transition.js'
import { SenderLoop } from './sender-loop.js'

export interface NotifyPipelineDeps {
  readonly log: EventLog
  readonly channels: ChannelStore
  readonly sender: AlertSender
  readonly notifications: Pick<NotificationStore, 'add'>
  readonly channel: FleetChannel
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** between two looks for messages that are due */
  readonly everyMs?: number
  readonly random?: () => number
  readonly stopGraceMs?: number
}

const DAY_MS = 86_400_000
const KEPT = { days: 30, keep: 100_000, keepItems: 1_000_000 }
const PRUNE_EVERY_MS = 3_600_000
/** Outages that nobody was told of, because a process ended in between, are looked for. */
const TELL_EVERY_MS = 60_000

/**
 * Alerts to people: what counts of `alerts` goes into messages of the channels that want it, and is committed when the
 * messages are stored. They are sent from there: at once, gathered, or later, and again until they got through.
 */
export function createNotifyPipeline(deps: NotifyPipelineDeps): Component {
  const { log, channels, clock, logger, everyMs = 1_000 } = deps
  let subscription: LogSubscription | undefined
  let isStoreAway = false
  const timers: NodeJS.Timeout[] = []
  let upkeep: Promise<unknown> = Promise.resolve()

  const metrics = createNotifyMetrics(deps.metrics, { lag: () => subscription?.lag() ?? 0 })
  const notices = createOutageNotices(deps)
  const loop = new SenderLoop({ ...deps, metrics, everyMs, onTurn: notices.tell })

  async function enqueue(records: readonly AlertTransitionRecord[]): Promise<void> {
    if (records.length === 0) return
    const openings = records.filter(({ transition }) => transition === 'opened')
    const before = await channels.told({
      alertIds: [...new Set(records.map(({ alert }) => alert.alertId))],
      slots: [...new Set(openings.map(slotOf))],
    })
    const { counted, told } = countTransitions(records, before)
    if (counted.length === 0) return
    const nowMs = clock.nowMs()
    const routers = (await channels.list({ limit: MAX_CHANNELS })).flatMap(routerOf)
    const items = counted.flatMap((one) => routers.flatMap((router) => router.route(one, nowMs) ?? []))
    await channels.enqueue(told, items, nowMs)
  }

  function routerOf(channel: ChannelRow): ChannelRouter[] {
    if (!channel.enabled) return []
    try {
      return [createChannelRouter(channel)]
    } catch (error) {
      // Of a time zone that this Node does not know (any more): too loud is better than silent.
      logger.error({ err: error, channelId: channel.id }, 'the quiet hours of a channel can’t be read')
      const { quietHours: _, ...loud } = channel
      return [createChannelRouter(loud)]
    }
  }

  const consumer: LogConsumer = {
    group: 'notify',
    topics: [TOPICS.alerts],
    maxRecords: 500,
    async onBatch({ partition, records }, control) {
      const transitions = (records as readonly LogRecord<AlertRecord>[])
        .map(({ value }) => value)
        .filter((value) => value.kind === 'transition')
      try {
        const refused = await writeAllButRefused(transitions, enqueue)
        for (const { item, error } of refused) {
          const { alertId, seq } = item.alert
          logger.error({ err: error, partition, alertId, seq }, 'nobody can be told of a transition')
        }
        isStoreAway = false
      } catch (error) {
        isStoreAway = true
        throw error
      }
      await control.commit(records.at(-1)!.offset + 1)
    },
  }

  async function prune(): Promise<void> {
    const beforeMs = clock.nowMs() - KEPT.days * DAY_MS
    await channels
      .prune({ beforeMs, keep: KEPT.keep, keepItems: KEPT.keepItems })
      .catch((error) => logger.warn({ err: error }, 'old deliveries could not be forgotten'))
  }

  function regularly(work: () => Promise<void>, intervalMs: number): void {
    const turn = () => {
      upkeep = upkeep.then(work)
    }
    turn()
    timers.push(setInterval(turn, intervalMs))
  }

  return {
    name: 'notify',
    async start({ fail }) {
      subscription = await log.subscribe(consumer)
      subscription.failed.catch(fail)
      loop.start()
      regularly(notices.tell, TELL_EVERY_MS)
      regularly(prune, PRUNE_EVERY_MS)
    },
    async stop() {
      for (const timer of timers) clearInterval(timer)
      await subscription?.stop()
      await loop.stop()
      await upkeep
    },
    health() {
      const detail = 'messages about alerts wait: the database is away'
      return isStoreAway || loop.hasFailed ? { status: 'degraded', detail } : { status: 'healthy' }
    },
  }
}
