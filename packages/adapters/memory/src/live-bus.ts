import type {
  Clock,
  DeviceStateChange,
  LiveBatch,
  LiveBus,
  LiveHeads,
  LiveState,
  LiveSubscriber,
} from '@iot/ports'
import type { Component, Logger } from '@iot/runtime'
import { MinuteRate } from './live-rate.js'
import { DeviceStates } from './live-state.js'
import { LiveWindow } from './live-window.js'

export interface InProcessBusDeps {
  readonly clock: Clock
  readonly logger: Logger
  /** memory of the window, over all kinds and partitions */
  readonly windowBytes: number
  /** a little more than the 120 s that a browser may be away */
  readonly windowMs?: number
  readonly beatMs?: number
}

export interface InProcessBus extends LiveBus, LiveState, Component {
  /**
   * Names the log whose events it carries; the first batch does it too. Another log's events begin an empty
   * window.
   */
  open(epoch: string): void
  /** Bytes that the window holds. */
  windowBytes(): number
}

/**
 * The live bus of a single process: what is published is with every subscriber when `publish` resolves. Its
 * window and states live as long as the process; `live` refills them from the log.
 */
export function createInProcessBus(deps: InProcessBusDeps): InProcessBus {
  const { clock, logger, windowBytes, windowMs = 130_000, beatMs = 1_000 } = deps
  const subscribers = new Set<LiveSubscriber>()
  const states = new DeviceStates()
  const rate = new MinuteRate()
  let window = new LiveWindow({ windowBytes, windowMs })
  let epoch = ''
  let beat: NodeJS.Timeout | undefined
  const deliver = createDelivery(subscribers, logger)

  function open(next: string): void {
    if (next === epoch) return
    if (epoch !== '') window = new LiveWindow({ windowBytes, windowMs })
    epoch = next
  }

  function append(batches: readonly LiveBatch[]): LiveBatch[] {
    const news: LiveBatch[] = []
    for (const batch of batches) {
      open(batch.epoch)
      const part = window.append(batch, clock.nowMs())
      if (part) news.push(part)
    }
    return news
  }

  return {
    name: 'live-bus',
    open,
    windowBytes: () => window.bytes,
    async start() {
      beat = setInterval(() => {
        window.trim(clock.nowMs())
        deliver.beat(window.heads(epoch))
      }, beatMs).unref()
    },
    async stop() {
      clearInterval(beat)
      subscribers.clear()
    },
    async publish(batches: readonly LiveBatch[], changes: readonly DeviceStateChange[]) {
      const news = append(batches)
      for (const change of changes) states.apply(change)
      for (const batch of news) {
        if (batch.kind === 'readings') rate.add(batch.entries.length, clock.nowMs())
        deliver.batch(batch)
      }
    },
    async refill(batches) {
      append(batches)
    },
    async subscribe(subscriber) {
      const own = bound(subscriber)
      subscribers.add(own)
      return async () => {
        subscribers.delete(own)
      }
    },
    async window(kind, partition, after, ofEpoch) {
      return ofEpoch === epoch
        ? window.slice(epoch, kind, partition, after)
        : { complete: false, batches: [] }
    },
    heads: async () => window.heads(epoch),
    floors: async () => window.floors(epoch),
    get: async (deviceIds) => states.get(deviceIds),
    list: async (options) => states.list(options),
    counts: async () => states.counts(),
    rate: async () => ({ readingsPerMinute: rate.perMinute(clock.nowMs()) }),
  }
}

/** Its own object per subscription, so that somebody who subscribes twice can leave once. */
function bound(subscriber: LiveSubscriber): LiveSubscriber {
  return {
    onBatch: (batch) => subscriber.onBatch(batch),
    onBeat: (heads) => subscriber.onBeat?.(heads),
    onReconnect: () => subscriber.onReconnect?.(),
  }
}

/** Hands things to subscribers one after another, also when one of them publishes while it is being told. */
function createDelivery(subscribers: ReadonlySet<LiveSubscriber>, logger: Logger) {
  const waiting: ((subscriber: LiveSubscriber) => void)[] = []
  let busy = false

  function hand(tell: (subscriber: LiveSubscriber) => void): void {
    waiting.push(tell)
    if (busy) return
    busy = true
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      for (const subscriber of subscribers) {
        try {
          next(subscriber)
        } catch (error) {
          logger.error({ err: error }, 'a subscriber of the live bus failed')
        }
      }
    }
    busy = false
  }

  return {
    batch: (batch: LiveBatch) => hand((subscriber) => subscriber.onBatch(batch)),
    beat: (heads: LiveHeads) => hand((subscriber) => subscriber.onBeat?.(heads)),
  }
}
