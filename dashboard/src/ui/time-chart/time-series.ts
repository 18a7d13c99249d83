/** A reading as a chart needs it. */
export interface Point {
  readonly timeMs: number
  readonly value: number
}

/** A span of history reduced to one point. `timeMs` is where the span starts. */
export interface BucketPoint extends Point {
  readonly min: number
  readonly max: number
  readonly count: number
}

export interface TimeSeriesOptions {
  /** points at most; beyond them the oldest go */
  readonly capacity: number
  /** 0: points as they came. Otherwise points are folded into spans that start at multiples of it, UTC. */
  readonly bucketMs?: number
}

/**
 * A bounded line in time order, kept in typed arrays outside React and Redux: what a live chart draws.
 *
 * The arrays are twice as long as the bound and the line slides through them, so that a chart gets one
 * unbroken view without copying, and the copying costs one move per `capacity` points.
 *
 * A time stands once: with spans of 0 the first value under a time wins, which is what joins history and
 * live without a seam; with wider spans a value widens the span it falls in. Late points go where they belong.
 */
export class TimeSeries {
  readonly capacity: number
  readonly bucketMs: number
  #start = 0
  #end = 0
  #countedUntilMs = Number.NEGATIVE_INFINITY
  #version = 0
  readonly #listeners = new Set<() => void>()
  readonly #times: Float64Array
  readonly #values: Float64Array
  readonly #min: Float64Array
  readonly #max: Float64Array
  readonly #counts: Float64Array
  readonly #all: readonly Float64Array[]

  constructor(options: TimeSeriesOptions) {
    this.capacity = Math.max(2, Math.floor(options.capacity))
    this.bucketMs = options.bucketMs ?? 0
    const room = this.capacity * 2
    this.#times = new Float64Array(room)
    this.#values = new Float64Array(room)
    // A line of single points is its own band, so it needs no columns of its own for it.
    this.#min = this.bucketMs > 0 ? new Float64Array(room) : this.#values
    this.#max = this.bucketMs > 0 ? new Float64Array(room) : this.#values
    this.#counts = this.bucketMs > 0 ? new Float64Array(room) : this.#values
    this.#all = [...new Set([this.#times, this.#values, this.#min, this.#max, this.#counts])]
  }

  get length(): number {
    return this.#end - this.#start
  }

  /** Changes with every change of the line: whoever drew this version need not draw again. */
  get version(): number {
    return this.#version
  }

  get newestMs(): number | undefined {
    return this.length > 0 ? this.#times[this.#end - 1] : undefined
  }

  get newestValue(): number | undefined {
    return this.length > 0 ? this.#values[this.#end - 1] : undefined
  }

  get oldestMs(): number | undefined {
    return this.length > 0 ? this.#times[this.#start] : undefined
  }

  /** Views on the line, valid until the next change. A span's time is its middle: where its mean belongs. */
  columns(): { times: Float64Array; values: Float64Array; min: Float64Array; max: Float64Array } {
    return {
      times: this.#times.subarray(this.#start, this.#end),
      values: this.#values.subarray(this.#start, this.#end),
      min: this.#min.subarray(this.#start, this.#end),
      max: this.#max.subarray(this.#start, this.#end),
    }
  }

  /** Which places of `columns()` lie within [fromMs, toMs]: from the first on, to before the second. */
  within(fromMs: number, toMs: number): readonly [from: number, to: number] {
    const from = this.#lowerBound(fromMs)
    const next = this.#lowerBound(toMs)
    const to = next < this.#end && this.#times[next] === toMs ? next + 1 : next
    return [from - this.#start, Math.max(from, to) - this.#start]
  }

  /**
   * Sets the line to history, oldest first. Readings up to `countedUntilMs` are in it already: when the live feed
   * brings one of them too, it may widen its span, but it does not count a second time.
   */
  load(history: readonly (Point | BucketPoint)[], countedUntilMs = Number.NEGATIVE_INFINITY): void {
    this.#start = 0
    this.#end = 0
    this.#countedUntilMs = countedUntilMs
    for (const point of history.slice(-this.capacity)) this.#place(point)
    this.#changed()
  }

  /** Adds a reading where it belongs. False: it changed nothing (a repeat, or older than a full line reaches). */
  add(point: Point): boolean {
    if (!Number.isFinite(point.timeMs) || !Number.isFinite(point.value)) return false
    const timeMs = this.#slot(point.timeMs)
    const existing = this.#find(timeMs)
    const changed = existing === undefined ? this.#place(point) : this.#fold(existing, point)
    if (changed) this.#changed()
    return changed
  }

  /** Calls back after each change; what it costs is paid per reading, so a listener only notes that something changed. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #changed(): void {
    this.#version += 1
    for (const listener of this.#listeners) listener()
  }

  #place(point: Point | BucketPoint): boolean {
    const timeMs = this.#slot(point.timeMs)
    if (this.#find(timeMs) !== undefined) return false
    const at = this.#open(timeMs)
    if (at === undefined) return false
    this.#values[at] = point.value
    if (this.bucketMs === 0) return true
    this.#min[at] = 'min' in point ? point.min : point.value
    this.#max[at] = 'max' in point ? point.max : point.value
    this.#counts[at] = 'count' in point ? point.count : 1
    return true
  }

  #slot(timeMs: number): number {
    if (this.bucketMs === 0) return timeMs
    return Math.floor(timeMs / this.bucketMs) * this.bucketMs + this.bucketMs / 2
  }

  #fold(at: number, point: Point): boolean {
    if (this.bucketMs === 0) return false
    const before = [this.#values[at], this.#min[at], this.#max[at]]
    this.#min[at] = Math.min(this.#min[at]!, point.value)
    this.#max[at] = Math.max(this.#max[at]!, point.value)
    if (point.timeMs > this.#countedUntilMs) {
      const count = this.#counts[at]! + 1
      this.#counts[at] = count
      this.#values[at] = this.#values[at]! + (point.value - this.#values[at]!) / count
    }
    return before[0] !== this.#values[at] || before[1] !== this.#min[at] || before[2] !== this.#max[at]
  }

  /** Makes room at the place of a time that is not there yet. Undefined: it is older than a full line reaches. */
  #open(timeMs: number): number | undefined {
    const late = this.length > 0 && timeMs < this.#times[this.#end - 1]!
    if (this.length === this.capacity) {
      if (late && timeMs < this.#times[this.#start]!) return undefined
      this.#start += 1
    }
    if (this.#end === this.#times.length) this.#slideToFront()
    const at = late ? this.#lowerBound(timeMs) : this.#end
    if (late) for (const column of this.#all) column.copyWithin(at + 1, at, this.#end)
    this.#times[at] = timeMs
    this.#end += 1
    return at
  }

  #slideToFront(): void {
    for (const column of this.#all) column.copyWithin(0, this.#start, this.#end)
    this.#end -= this.#start
    this.#start = 0
  }

  #find(timeMs: number): number | undefined {
    const newest = this.newestMs
    if (newest === undefined || timeMs > newest) return undefined
    const at = this.#lowerBound(timeMs)
    return this.#times[at] === timeMs ? at : undefined
  }

  /** First place whose time is not before `timeMs`. */
  #lowerBound(timeMs: number): number {
    let low = this.#start
    let high = this.#end
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#times[middle]! < timeMs) low = middle + 1
      else high = middle
    }
    return low
  }
}
