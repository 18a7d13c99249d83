const SECONDS = 60

/** Counts events of the last full minute, in slots of a second. */
export class MinuteRate {
  readonly #slots = new Array<number>(SECONDS + 1).fill(0)
  /** the second that the running slot stands for */
  #second = 0

  add(count: number, nowMs: number): void {
    this.#turn(nowMs)
    this.#slots[this.#second % this.#slots.length]! += count
  }

  /** Events of the 60 seconds before the running one. */
  perMinute(nowMs: number): number {
    this.#turn(nowMs)
    const running = this.#slots[this.#second % this.#slots.length]!
    return this.#slots.reduce((sum, count) => sum + count, 0) - running
  }

  #turn(nowMs: number): void {
    const second = Math.floor(nowMs / 1000)
    const passed = Math.min(second - this.#second, this.#slots.length)
    for (let step = 1; step <= passed; step++) this.#slots[(this.#second + step) % this.#slots.length] = 0
    if (passed === this.#slots.length) this.#slots.fill(0)
    if (passed > 0) this.#second = second
  }
}
