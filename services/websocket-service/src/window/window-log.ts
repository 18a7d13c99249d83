import type { LiveEntry } from '@iot/ports'

/** An event as it passed through this replica: `seq` is its place here, without gaps over all partitions. */
export interface WindowItem {
  readonly seq: number
  readonly partition: number
  readonly atMs: number
  readonly entry: LiveEntry
}

/** Fields and list slots of an item, about, beside its text. */
const ITEM_BYTES = 160
/** Trimmed places are given back in steps, because moving the rest costs. */
const COMPACT_AT = 4_096

/**
 * The recent past of one kind of event, in order, indexed by device: what batch windows are cut from, what
 * fills the time between a snapshot and live, and what a slow client catches up from. Nobody has a queue of
 * his own; everybody has a place in here. Bounded by bytes and by time: the oldest goes first.
 */
export class WindowLog {
  readonly #maxBytes: number
  readonly #maxMs: number
  #items: WindowItem[] = []
  /** index of the oldest kept item */
  #head = 0
  #end = 0
  #bytes = 0
  readonly #byDevice = new Map<string, WindowItem[]>()

  constructor(options: { maxBytes: number; maxMs: number }) {
    this.#maxBytes = options.maxBytes
    this.#maxMs = options.maxMs
  }

  /** The place of the oldest item kept. */
  get start(): number {
    return this.#end - (this.#items.length - this.#head)
  }

  /** The place that the next item gets. */
  get end(): number {
    return this.#end
  }

  get bytes(): number {
    return this.#bytes
  }

  append(entry: LiveEntry, partition: number, atMs: number): WindowItem {
    const item = { seq: this.#end, partition, atMs, entry }
    this.#end += 1
    this.#items.push(item)
    this.#bytes += entry.json.length + ITEM_BYTES
    const ofDevice = this.#byDevice.get(entry.deviceId)
    if (ofDevice) ofDevice.push(item)
    else this.#byDevice.set(entry.deviceId, [item])
    if (this.#bytes > this.#maxBytes) this.trim(atMs)
    return item
  }

  /** Lets go of what is too old or too much. */
  trim(nowMs: number): void {
    const oldestMs = nowMs - this.#maxMs
    while (this.#head < this.#items.length) {
      const item = this.#items[this.#head]!
      if (this.#bytes <= this.#maxBytes && item.atMs >= oldestMs) break
      this.#head += 1
      this.#bytes -= item.entry.json.length + ITEM_BYTES
      const ofDevice = this.#byDevice.get(item.entry.deviceId)!
      ofDevice.shift()
      if (ofDevice.length === 0) this.#byDevice.delete(item.entry.deviceId)
    }
    if (this.#head > COMPACT_AT && this.#head > this.#items.length / 2) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
  }

  /** Items from a place on, oldest first; from the oldest kept where the place is gone. */
  since(seq: number): WindowItem[] {
    return this.#items.slice(this.#head + Math.max(0, seq - this.start))
  }

  /** The same of one device. */
  sinceOf(deviceId: string, seq: number): readonly WindowItem[] {
    const ofDevice = this.#byDevice.get(deviceId)
    if (!ofDevice || ofDevice.at(-1)!.seq < seq) return []
    let from = ofDevice.length - 1
    while (from > 0 && ofDevice[from - 1]!.seq >= seq) from -= 1
    return ofDevice.slice(from)
  }
}
