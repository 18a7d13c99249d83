import type { Clock } from '@iot/ports'

/** A clock that stands until it is turned. */
export class FakeClock implements Clock {
  #nowMs: number

  constructor(start: string | number = '2026-01-01T00:00:00.000Z') {
    this.#nowMs = typeof start === 'number' ? start : Date.parse(start)
  }

  nowMs(): number {
    return this.#nowMs
  }

  advance(ms: number): void {
    this.#nowMs += ms
  }

  set(time: string | number): void {
    this.#nowMs = typeof time === 'number' ? time : Date.parse(time)
  }
}
