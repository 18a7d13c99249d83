/** Something that wants to be looked at when its time has come. */
export interface Timed {
  /** when, ms since 1970; Infinity: never. It may move at any time */
  dueMs(): number
  fire(nowMs: number): void
  /** the time under which it waits here; Infinity while it does not */
  queuedMs: number
}

/** Fewer stale places than this are left to their time. */
const STALE_FLOOR = 1_000

/**
 * What is due when, of one partition. Lazy: what is due later than it waits for is put back only when its turn has come,
 * so that a sensor that speaks all the time costs nothing here.
 */
export class Timers {
  /** a heap: none is later than the two below it */
  #heap: { readonly atMs: number; readonly timed: Timed }[] = []
  /** places of what has come nearer since */
  #stale = 0

  get size(): number {
    return this.#heap.length
  }

  /** To be called whenever the time of something may have come nearer. */
  watch(timed: Timed): void {
    const dueMs = timed.dueMs()
    if (dueMs >= timed.queuedMs) return
    if (timed.queuedMs !== Number.POSITIVE_INFINITY) this.#stale += 1
    this.#push(dueMs, timed)
    if (this.#stale > STALE_FLOOR && this.#stale * 2 > this.#heap.length) this.#sweep()
  }

  /** Whether something is due at `nowMs`. */
  isDue(nowMs: number): boolean {
    for (let top = this.#heap[0]; top !== undefined && top.atMs <= nowMs; top = this.#heap[0]) {
      const { atMs, timed } = top
      if (atMs === timed.queuedMs && timed.dueMs() <= nowMs) return true
      this.#pop()
    }
    return false
  }

  /** Fires what is due at `nowMs`, `limit` of them at most; answers whether more is left. */
  fire(nowMs: number, limit: number): boolean {
    for (let fired = 0; this.isDue(nowMs); fired++) {
      if (fired >= limit) return true
      const { timed } = this.#heap[0]!
      // Out of the heap first: what it decides now may set its next time.
      timed.queuedMs = Number.POSITIVE_INFINITY
      this.#remove()
      timed.fire(nowMs)
      this.watch(timed)
    }
    return false
  }

  /** Takes the first out, and puts it back where it is due later. */
  #pop(): void {
    const { atMs, timed } = this.#heap[0]!
    this.#remove()
    if (atMs !== timed.queuedMs) {
      this.#stale -= 1
      return
    }
    timed.queuedMs = Number.POSITIVE_INFINITY
    this.watch(timed)
  }

  #sweep(): void {
    // In order, so it is a heap again.
    this.#heap = this.#heap
      .filter(({ atMs, timed }) => atMs === timed.queuedMs)
      .sort((one, other) => one.atMs - other.atMs)
    this.#stale = 0
  }

  #push(atMs: number, timed: Timed): void {
    timed.queuedMs = atMs
    const heap = this.#heap
    let at = heap.length
    const added = { atMs, timed }
    heap.push(added)
    while (at > 0) {
      const above = (at - 1) >> 1
      if (heap[above]!.atMs <= atMs) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = added
  }

  #remove(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let below = at * 2 + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && heap[below + 1]!.atMs < heap[below]!.atMs) below += 1
      if (heap[below]!.atMs >= last.atMs) break
      heap[at] = heap[below]!
      at = below
    }
    heap[at] = last
  }
}
