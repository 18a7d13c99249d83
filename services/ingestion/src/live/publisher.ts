import type { Clock, DeviceStateChange, LiveBus } from '@iot/ports'
import { isRetriable, type Logger } from '@iot/runtime'
import type { LiveMetrics } from '../metrics.js'
import type { WaitingBatch } from './outbox.js'

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000

export interface Flush {
  readonly batches: readonly WaitingBatch[]
  readonly changes: readonly DeviceStateChange[]
}

export interface PublisherDeps {
  readonly bus: LiveBus
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: LiveMetrics
  /** between two flushes, ms */
  readonly lingerMs: number
  /** Takes what waits; undefined where nothing does. */
  take(): Flush | undefined
  onPublished(flush: Flush): void
  onFailed(error: unknown): void
}

/**
 * Brings what waits to the bus: the first after a silence at once, then every `lingerMs`, one flush at a time. While the bus
 * is away the same flush is tried again and what comes meanwhile waits with whoever takes it.
 */
export class Publisher {
  readonly #deps: PublisherDeps
  #isRunning = false
  #flushedAt = Number.NEGATIVE_INFINITY
  #stopped = false
  #wake: () => void = () => {}
  #waiting: (() => void)[] = []
  #flying: Flush | undefined

  constructor(deps: PublisherDeps) {
    this.#deps = deps
  }

  /** The flush that is on its way. */
  get flying(): Flush | undefined {
    return this.#flying
  }

  /** Something waits. */
  poke(): void {
    if (this.#isRunning || this.#stopped) return
    this.#isRunning = true
    void this.#run()
  }

  /** Waits flush by flush until a fact holds, or the signal aborts; answers whether it holds. */
  async until(holds: () => boolean, signal: AbortSignal): Promise<boolean> {
    while (!holds()) {
      if (signal.aborted || this.#stopped) return false
      this.poke()
      await this.#nextFlush(signal)
    }
    return true
  }

  /** Gives up what can't be published. */
  stop(): void {
    this.#stopped = true
    this.#wake()
    this.#tellWaiting()
  }

  async #run(): Promise<void> {
    // Batches that come in the same turn of the loop leave together.
    await new Promise((resolve) => setImmediate(resolve))
    while (!this.#stopped) {
      const waitMs = this.#flushedAt + this.#deps.lingerMs - performance.now()
      if (waitMs > 0) await this.#sleep(waitMs)
      const flush = this.#deps.take()
      if (!flush) break
      this.#flushedAt = performance.now()
      this.#flying = flush
      const isPublished = await this.#publish(flush)
      this.#flying = undefined
      if (isPublished) this.#deps.onPublished(flush)
      this.#tellWaiting()
    }
    this.#isRunning = false
    this.#tellWaiting()
  }

  async #publish(flush: Flush): Promise<boolean> {
    const { bus, logger, metrics } = this.#deps
    const batches = flush.batches.map(({ batch }) => batch)
    for (let failures = 0; ; failures++) {
      try {
        await bus.publish(batches, flush.changes)
        if (failures > 0) logger.info({ failures }, 'the live bus is back')
        this.#observe(flush)
        return true
      } catch (error) {
        metrics.publishFailures.inc()
        if (this.#stopped) return false
        if (!isRetriable(error)) {
          this.#deps.onFailed(error)
          return false
        }
        if (failures === 0) logger.warn({ err: error }, 'the live bus is away')
        await this.#sleep(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS))
      }
    }
  }

  #observe(flush: Flush): void {
    const { clock, metrics } = this.#deps
    const nowMs = clock.nowMs()
    const shown = { readings: 0, status: 0, alerts: 0 }
    for (const { batch, oldestAt } of flush.batches) {
      shown[batch.kind] += batch.entries.length
      metrics.latency.observe(Math.max(0, nowMs - Date.parse(oldestAt)) / 1_000)
    }
    metrics.flushEntries.observe(shown.readings + shown.status + shown.alerts)
    metrics.readings.inc({ outcome: 'shown' }, shown.readings)
    metrics.statusChanges.inc(shown.status)
  }

  #nextFlush(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done)
        resolve()
      }
      signal.addEventListener('abort', done, { once: true })
      this.#waiting.push(done)
    })
  }

  #tellWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const tell of waiting) tell()
  }

  #sleep(ms: number): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
