import type { LiveEntry } from '@iot/ports'
import type { Body } from './body-timestamp.js'
import { DeviceTrack, type Subject } from './device-track.js'
import { ItemChunk } from './item-chunk.js'
import { NewestSearch } from './newest-search.js'
import { type Place, placeOf, reaches } from './place.js'

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
 * fills the time between a snapshot and live, what a slow client catches up from, and what a client that was away
 * gets. Nobody has a queue of his own; everybody has a place in here. Bounded by bytes and by time: the oldest goes
 * first.
 *
 * What lies here outlives many garbage collections, and each of them looks at every object: so an item is a
 * row of a few arrays and some bytes, and an object only in the hands of who reads it.
 */
export class WindowLog {
  readonly #maxBytes: number
  readonly #maxMs: number
  /** chunk n holds the items from `#base + n * CHUNK_ITEMS` on */
  readonly #chunks: ItemChunk[] = []
  /** one of which all is gone, for the next to be filled: a window that is full makes no new ones */
  #spare: ItemChunk | undefined
  #base = 0
  #start = 0
  #end = 0
  #bytes = 0
  #addedBytes = 0
  readonly #byDevice = new Map<string, DeviceTrack>()
  /** per partition of the log that is carried: all that was published after the place is here */
  readonly #floors = new Map<number, Place>()
  /** items before it are of another log */
  #restartedAt = 0
  readonly #newest = new NewestSearch()

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

  /** Of all the bodies that were ever added. */
  get addedBytes(): number {
    return this.#addedBytes
  }

  /** From here on everything of a partition comes; what is here from before does not reach up to it. */
  beginAt(partition: number, after: number): void {
    this.#floors.set(partition, placeOf(after))
  }

  /** Another log: its offsets say nothing about what is here. */
  restart(): void {
    this.#floors.clear()
    this.#restartedAt = this.#end
  }

  /** Is all here that was published in a partition after a place? */
  reachesBack(partition: number, place: Place): boolean {
    const floor = this.#floors.get(partition)
    return floor !== undefined && reaches(place, floor)
  }

  /** Adds, and answers what was added. */
  append(entry: LiveEntry, partition: number, atMs: number): WindowItem {
    this.add(entry, partition, atMs)
    return { seq: this.#end - 1, partition, atMs, entry }
  }

  add(entry: LiveEntry, partition: number, atMs: number): void {
    const seq = this.#end
    if (seq - this.#base === this.#chunks.length * CHUNK_ITEMS) {
      // What is too old goes first, so that its chunk is filled anew: several at once would not all be.
      this.trim(atMs)
      this.#chunks.push(this.#emptyChunk())
    }
    const slot = seq - this.#base
    const chunk = this.#chunks.at(-1)!
    const ofDevice = this.#trackOf(entry.deviceId)
    ofDevice.seqs.push(seq)
    chunk.set(slot % CHUNK_ITEMS, ofDevice.subjectOf(entry.sensorType), entry, partition, atMs)
    const bytes = chunk.textBytes(slot % CHUNK_ITEMS)
    this.#end += 1
    this.#addedBytes += bytes
    this.#bytes += bytes + ITEM_BYTES
    if (this.#bytes > this.#maxBytes) this.trim(atMs)
  }

  /** Lets go of what is too old or too much. */
  trim(nowMs: number): void {
    const oldestMs = nowMs - this.#maxMs
    for (; this.#start < this.#end; this.#start++) {
      const chunk = this.#chunkOf(this.#start)
      const slot = (this.#start - this.#base) % CHUNK_ITEMS
      if (this.#bytes <= this.#maxBytes && chunk.atMs(slot) >= oldestMs) break
      this.#bytes -= chunk.textBytes(slot) + ITEM_BYTES
      this.#raiseFloor(chunk, slot)
      const { track } = chunk.subject(slot)
      track.seqs.shift()
      if (track.seqs.length === 0) this.#byDevice.delete(track.deviceId)
      chunk.clear(slot)
    }
    while (this.#start - this.#base >= CHUNK_ITEMS) {
      this.#spare = this.#chunks.shift()
      this.#base += CHUNK_ITEMS
    }
  }

  /** Items from a place on, oldest first; from the oldest kept where the place is gone. */
  since(seq: number): WindowItem[] {
    return this.seqsSince(seq).map((at) => this.#item(at))
  }

  /** The same of one device. */
  sinceOf(deviceId: string, seq: number): readonly WindowItem[] {
    return this.seqsSinceOf(deviceId, seq).map((at) => this.#item(at))
  }

  /** Their places alone. */
  seqsSince(seq: number): number[] {
    const seqs: number[] = []
    for (let at = Math.max(seq, this.#start); at < this.#end; at++) seqs.push(at)
    return seqs
  }

  seqsSinceOf(deviceId: string, seq: number): readonly number[] {
    return this.#byDevice.get(deviceId)?.seqs.from(seq) ?? []
  }

  deviceIdAt(seq: number): string {
    return this.subjectAt(seq).track.deviceId
  }

  subjectAt(seq: number): Subject {
    return this.#chunkOf(seq).subject(this.#slotOf(seq))
  }

  /** The text of an item, to be read before anything is added. */
  bodyAt(seq: number): Body {
    return this.#chunkOf(seq).body(this.#slotOf(seq))
  }

  /** The newest of each sensor among items that are here, in their order. */
  newestItemsOf(items: readonly WindowItem[]): readonly WindowItem[] {
    const newest = new Set(this.newestOf(items.map(({ seq }) => seq)))
    return items.filter(({ seq }) => newest.has(seq))
  }

  /**
   * By their places: the newest of each sensor, by device time (of equals the later one). A late reading never replaces
   * a newer one.
   */
  newestOf(seqs: readonly number[]): readonly number[] {
    return this.#newest.among(seqs, this)
  }

  /**
   * The bodies of items one after another, a comma between two, in runs of what lies together: never made texts, and
   * not copies. They are to be read before anything is added.
   */
  bodiesOf(seqs: readonly number[]): Buffer[] {
    const runs: Buffer[] = []
    for (let from = 0, to = 0; from < seqs.length; from = to) {
      const first = this.#slotOf(seqs[from]!)
      for (to = from + 1; seqs[to] === seqs[to - 1]! + 1 && first + to - from < CHUNK_ITEMS; ) to += 1
      runs.push(this.#chunkOf(seqs[from]!).bodies(first, first + to - from - 1))
    }
    const last = runs.pop()
    if (last) runs.push(last.subarray(0, -1))
    return runs
  }

  /**
   * What was published after the places, by partition, oldest first; of some devices, each named once, or of all. More
   * than `atMost` items are not looked for: whoever asks tells by their number that there may be more.
   */
  after(places: ReadonlyMap<number, Place>, atMost: number, deviceIds?: readonly string[]): WindowItem[] {
    const seqs = deviceIds ? this.#seqsOf(deviceIds, places, atMost) : this.#seqsAfter(places, atMost)
    return seqs.map((seq) => this.#item(seq))
  }

  #seqsOf(deviceIds: readonly string[], places: ReadonlyMap<number, Place>, atMost: number): number[] {
    const seqs: number[] = []
    for (const deviceId of deviceIds) {
      const ofDevice = this.#byDevice.get(deviceId)
      if (ofDevice)
        seqs.push(...ofDevice.seqs.tail((seq) => this.#isAfter(seq, places), atMost - seqs.length))
      if (seqs.length >= atMost) break
    }
    return seqs.sort((a, b) => a - b)
  }

  /** From the newest back, until every partition has come to its place. */
  #seqsAfter(places: ReadonlyMap<number, Place>, atMost: number): number[] {
    const open = new Map(places)
    const seqs: number[] = []
    const oldest = Math.max(this.#start, this.#restartedAt)
    for (let seq = this.#end - 1; seq >= oldest && open.size > 0 && seqs.length < atMost; seq--) {
      const chunk = this.#chunkOf(seq)
      const slot = (seq - this.#base) % CHUNK_ITEMS
      const partition = chunk.partition(slot)
      const place = open.get(partition)
      if (!place) continue
      if (reaches(place, chunk.place(slot))) open.delete(partition)
      else seqs.push(seq)
    }
    return seqs.reverse()
  }

  #isAfter(seq: number, places: ReadonlyMap<number, Place>): boolean {
    if (seq < this.#restartedAt) return false
    const chunk = this.#chunkOf(seq)
    const slot = (seq - this.#base) % CHUNK_ITEMS
    const place = places.get(chunk.partition(slot))
    return place !== undefined && !reaches(place, chunk.place(slot))
  }

  #raiseFloor(chunk: ItemChunk, slot: number): void {
    if (this.#start < this.#restartedAt) return
    const partition = chunk.partition(slot)
    const floor = this.#floors.get(partition)
    const gone = chunk.place(slot)
    if (floor && !reaches(floor, gone)) this.#floors.set(partition, gone)
  }

  #trackOf(deviceId: string): DeviceTrack {
    let track = this.#byDevice.get(deviceId)
    if (!track) {
      track = new DeviceTrack(deviceId)
      this.#byDevice.set(track.deviceId, track)
    }
    return track
  }

  #item(seq: number): WindowItem {
    return this.#chunkOf(seq).item(this.#slotOf(seq), seq)
  }

  #emptyChunk(): ItemChunk {
    const chunk = this.#spare ?? new ItemChunk(CHUNK_ITEMS, this.#chunks.at(-1))
    this.#spare = undefined
    return chunk
  }

  #slotOf(seq: number): number {
    return (seq - this.#base) % CHUNK_ITEMS
  }

  #chunkOf(seq: number): ItemChunk {
    return this.#chunks[Math.floor((seq - this.#base) / CHUNK_ITEMS)]!
  }
}
