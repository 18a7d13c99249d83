import type { Clock } from '@iot/ports'
import type { WebsocketMetrics } from '../metrics.js'

const MINUTE_MS = 60_000

/** Counts what is written with plain numbers, because a counter with labels costs as much as a frame's encoding. */
export class Tally {
  readonly #clock: Clock
  readonly #frames = new Map<string, number>()
  #readings = 0
  #minute: number
  #inMinute = 0
  #lastMinute = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#minute = Math.floor(clock.nowMs() / MINUTE_MS)
  }

  add(event: string, frames: number, readings: number): void {
    this.#frames.set(event, (this.#frames.get(event) ?? 0) + frames)
    this.#readings += readings
    this.#turn()
    this.#inMinute += readings
  }

  /** Readings written in the last full minute. */
  readingsPerMinute(): number {
    this.#turn()
    return this.#lastMinute
  }

  /** Hands what was counted to the metrics. */
  report(metrics: Pick<WebsocketMetrics, 'frames' | 'readings'>): void {
    for (const [event, count] of this.#frames) metrics.frames.inc({ event }, count)
    this.#frames.clear()
    if (this.#readings > 0) metrics.readings.inc(this.#readings)
    this.#readings = 0
  }

  #turn(): void {
    const minute = Math.floor(this.#clock.nowMs() / MINUTE_MS)
    if (minute === this.#minute) return
    this.#lastMinute = minute === this.#minute + 1 ? this.#inMinute : 0
    this.#minute = minute
    this.#inMinute = 0
  }
}
