import { LIVE_KINDS, type LiveKind } from '@iot/contracts'
import type { LiveBatch, LiveHeads, WindowSlice } from '@iot/ports'
import { packEntries, unpackEntries } from './packed-entries.js'

const BATCH_BYTES = 256
/** Dropped slots at the front of a track before the array is cut. */
const SLACK = 256

const INCOMPLETE: WindowSlice = { complete: false, batches: [] }

/**
 * A batch whose entries are bytes. What lies in the window outlives many garbage collections, and each of them
 * looks at every object; hardly anybody ever reads it.
 */
interface Kept {
  readonly before: number
  readonly last: number
  readonly packed: Buffer
  readonly bytes: number
  readonly atMs: number
  /** place among the batches of all tracks: many come within one millisecond */
  readonly seq: number
}

/** The batches of one (kind, partition): `kept[first…]`, oldest first. */
interface Track {
  kept: Kept[]
  first: number
  /** everything after this offset is held */
  floor: number
  head: number
}

/**
 * The recent past of the bus: per (kind, partition) the batches in order, without holes, bounded by bytes (over
 * all of them, the oldest go first) and by time. Finding a place costs a binary search, never a scan.
 */
export class LiveWindow {
  readonly #windowBytes: number
  readonly #windowMs: number
  readonly #tracks: Record<LiveKind, Map<number, Track>> = {
    readings: new Map(),
    status: new Map(),
    alerts: new Map(),
  }
  #bytes = 0
  #appended = 0

  constructor(bounds: { windowBytes: number; windowMs: number }) {
    this.#windowBytes = bounds.windowBytes
    this.#windowMs = bounds.windowMs
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Appends what is new of a batch and answers it; undefined where nothing is. */
  append(batch: LiveBatch, nowMs: number): LiveBatch | undefined {
    const track = this.#track(batch.kind, batch.partition, batch.before)
    if (batch.last <= track.head) return undefined
    if (batch.before > track.head) this.#beginAt(track, batch.before)
    const news = batch.before < track.head ? after(batch, track.head) : batch
    track.head = news.last
    if (news.last === news.before) return undefined
    const packed = packEntries(news.entries)
    const bytes = BATCH_BYTES + packed.length
    track.kept.push({
      before: news.before,
      last: news.last,
      packed,
      bytes,
      atMs: nowMs,
      seq: this.#appended++,
    })
    this.#bytes += bytes
    this.trim(nowMs)
    return news
  }

  /** The batches after an offset, as of the log `epoch`. */
  slice(epoch: string, kind: LiveKind, partition: number, afterOffset: number): WindowSlice {
    const track = this.#tracks[kind].get(partition)
    if (!track) return afterOffset === -1 ? { complete: true, batches: [] } : INCOMPLETE
    if (afterOffset < track.floor || afterOffset > track.head) return INCOMPLETE
    const batches: LiveBatch[] = []
    for (let at = firstAfter(track, afterOffset); at < track.kept.length; at++) {
      const { before, last, packed } = track.kept[at]!
      const batch = { epoch, kind, partition, before, last, entries: unpackEntries(packed) }
      batches.push(before < afterOffset ? after(batch, afterOffset) : batch)
    }
    return { complete: true, batches }
  }

  heads(epoch: string): LiveHeads {
    return this.#each(epoch, ({ head }) => head)
  }

  floors(epoch: string): LiveHeads {
    return this.#each(epoch, ({ floor }) => floor)
  }

  /** Lets go of what is too old, or too much. */
  trim(nowMs: number): void {
    for (const track of this.#allTracks()) {
      while (oldest(track) && oldest(track)!.atMs < nowMs - this.#windowMs) this.#drop(track)
    }
    while (this.#bytes > this.#windowBytes) {
      let victim: Track | undefined
      for (const track of this.#allTracks()) {
        const candidate = oldest(track)
        if (candidate && (!victim || candidate.seq < oldest(victim)!.seq)) victim = track
      }
      if (!victim) return
      this.#drop(victim)
    }
  }

  #drop(track: Track): void {
    const { last, bytes } = track.kept[track.first]!
    track.floor = last
    this.#bytes -= bytes
    track.kept[track.first] = undefined as unknown as Kept
    track.first += 1
    if (track.first > SLACK && track.first * 2 > track.kept.length) {
      track.kept = track.kept.slice(track.first)
      track.first = 0
    }
  }

  #beginAt(track: Track, before: number): void {
    while (oldest(track)) this.#drop(track)
    track.floor = before
    track.head = before
  }

  #track(kind: LiveKind, partition: number, before: number): Track {
    let track = this.#tracks[kind].get(partition)
    if (!track) {
      track = { kept: [], first: 0, floor: before, head: before }
      this.#tracks[kind].set(partition, track)
    }
    return track
  }

  #each(epoch: string, offsetOf: (track: Track) => number): LiveHeads {
    const { readings, status, alerts } = this.#tracks
    return {
      epoch,
      readings: offsetsOf(readings, offsetOf),
      status: offsetsOf(status, offsetOf),
      alerts: offsetsOf(alerts, offsetOf),
    }
  }

  *#allTracks(): Iterable<Track> {
    for (const kind of LIVE_KINDS) yield* this.#tracks[kind].values()
  }
}

function oldest(track: Track): Kept | undefined {
  return track.kept[track.first]
}

/** Index of the first batch that reaches beyond an offset. */
function firstAfter(track: Track, offset: number): number {
  let low = track.first
  let high = track.kept.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (track.kept[middle]!.last > offset) high = middle
    else low = middle + 1
  }
  return low
}

/** The part of a batch after an offset that lies inside of it. */
function after(batch: LiveBatch, offset: number): LiveBatch {
  return { ...batch, before: offset, entries: batch.entries.filter((entry) => entry.offset > offset) }
}

function offsetsOf(
  tracks: ReadonlyMap<number, Track>,
  offsetOf: (track: Track) => number,
): Map<number, number> {
  return new Map([...tracks].map(([partition, track]) => [partition, offsetOf(track)]))
}
