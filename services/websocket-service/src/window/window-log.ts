import type { LiveEntry } from '@iot/ports'
import { ItemChunk } from './item-chunk.js'
import { SeqQueue } from './seq-queue.js'

/** An event as it passed through this replica: `seq` is its place here, without gaps over all partitions. */
export interface WindowItem {
  readonly seq: number
  readonly partition: number
  readonly atMs: number
  readonly entry: LiveEntry
}

/** Fields and list slots of an item, about, beside its text. */
const ITEM_BYTES = 96
/** Items that are allocated, and given back, together. */
const CHUNK_ITEMS = 512

/**
 * The recent past of one kind of event, in order, indexed by device: what batch windows are cut from, what
 * fills the time between a snapshot and live, and what a slow client catches up from. Nobody has a queue of
 * his own; everybody has a place in here. Bounded by bytes and by time: the oldest goes first.
 *
 * What lies here outlives many garbage collections, and each of them looks at every object: so an item is a
 * row of a few arrays, and an object only in the hands of who reads it.
 */
export class WindowLog {
  readonly #maxBytes: number
  readonly #maxMs: number
  /** chunk n holds the items from `#base + n * CHUNK_ITEMS` on */
  readonly #chunks: ItemChunk[] = []
  #base = 0
  #start = 0
  #end = 0
  #bytes = 0
  readonly #byDevice = new Map<string, SeqQueue>()

  constructor(options: { maxBytes: number; maxMs: number }) {
    this.#maxBytes = options.maxBytes
    this.#maxMs = options.maxMs
  }

  /** The place of the oldest item kept. */
  get start(): number {
    return this.#start
  }

  /** The place that the next item gets. */
  get end(): number {
    return this.#end
  }

  get bytes(): number {
    return this.#bytes
  }

  append(entry: LiveEntry, partition: number, atMs: number): WindowItem {
    const seq = this.#end
    const slot = seq - this.#base
    if (slot === this.#chunks.length * CHUNK_ITEMS) this.#chunks.push(new ItemChunk(CHUNK_ITEMS))
    this.#chunks.at(-1)!.set(slot % CHUNK_ITEMS, entry, partition, atMs)
    this.#end += 1
    this.#bytes += entry.json.length + ITEM_BYTES
    let ofDevice = this.#byDevice.get(entry.deviceId)
    if (!ofDevice) {
      ofDevice = new SeqQueue()
      this.#byDevice.set(entry.deviceId, ofDevice)
    }
    ofDevice.push(seq)
    if (this.#bytes > this.#maxBytes) this.trim(atMs)
    return { seq, partition, atMs, entry }
  }

  /** Lets go of what is too old or too much. */
  trim(nowMs: number): void {
    const oldestMs = nowMs - this.#maxMs
    for (; this.#start < this.#end; this.#start++) {
      const chunk = this.#chunkOf(this.#start)
      const slot = (this.#start - this.#base) % CHUNK_ITEMS
      if (this.#bytes <= this.#maxBytes && chunk.atMs(slot) >= oldestMs) break
      this.#bytes -= chunk.json(slot).length + ITEM_BYTES
      const deviceId = chunk.deviceId(slot)
      const ofDevice = this.#byDevice.get(deviceId)!
      ofDevice.shift()
      if (ofDevice.length === 0) this.#byDevice.delete(deviceId)
      chunk.clear(slot)
    }
    while (this.#start - this.#base >= CHUNK_ITEMS) {
      this.#chunks.shift()
      this.#base += CHUNK_ITEMS
    }
  }

  /** Items from a place on, oldest first; from the oldest kept where the place is gone. */
  since(seq: number): WindowItem[] {
    const items: WindowItem[] = []
    for (let at = Math.max(seq, this.#start); at < this.#end; at++) items.push(this.#item(at))
    return items
  }

  /** The same of one device. */
  sinceOf(deviceId: string, seq: number): readonly WindowItem[] {
    return (
      this.#byDevice
        .get(deviceId)
        ?.from(seq)
        .map((at) => this.#item(at)) ?? []
    )
  }

  #item(seq: number): WindowItem {
    return this.#chunkOf(seq).item((seq - this.#base) % CHUNK_ITEMS, seq)
  }

  #chunkOf(seq: number): ItemChunk {
    return this.#chunks[Math.floor((seq - this.#base) / CHUNK_ITEMS)]!
  }
}
