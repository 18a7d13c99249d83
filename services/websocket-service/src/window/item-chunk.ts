import type { LiveEntry } from '@iot/ports'
import type { Body } from './body-timestamp.js'
import type { Subject } from './device-track.js'
import { type Place, WHOLE } from './place.js'
import type { WindowItem } from './window-log.js'

const NUMBERS = 4
/** Stands for “no index”. */
const NONE = -1

/** What the first chunk has room for before it has to grow; the others get a little more than the one before needed. */
const FIRST_TEXT_BYTES = 65_536
const MARGIN = 1.06
/** Times its room, when it grows. */
const GROWTH = 1.25
/** A chunk that needs less of its room gives the rest back. */
const LEAST_USED = 0.85
/** UTF-8 of one UTF-16 unit at most. */
const BYTES_PER_UNIT = 3
const COMMA = 0x2c

/**
 * Items as rows of arrays: what it is about, four numbers, and the body, which lies as bytes outside of the heap until
 * somebody reads it, each with a comma behind it: bodies in a row are the inside of a list. As texts, which are copied
 * twice before they are old, the bodies were half of what garbage collections had to do.
 *
 * A chunk of which all is gone can be filled anew. What is old and let go of, outside of the heap too, comes back with a
 * full collection only; in a replica that allocates little else these were begun for every few MiB of bodies.
 */
export class ItemChunk {
  readonly #items: number
  #text: Buffer
  /** where each item's text ends; by slot */
  readonly #ends: Uint32Array
  readonly #subjects: (Subject | undefined)[]
  /** partition, offset, index, time; by slot */
  readonly #numbers: Float64Array

  constructor(items: number, before?: ItemChunk) {
    this.#items = items
    this.#text = Buffer.allocUnsafeSlow(before ? Math.ceil(MARGIN * before.#usedBytes) : FIRST_TEXT_BYTES)
    this.#ends = new Uint32Array(items)
    this.#subjects = new Array<Subject | undefined>(items).fill(undefined)
    this.#numbers = new Float64Array(items * NUMBERS)
  }

  /** Fills the slots one after another. */
  set(slot: number, subject: Subject, entry: LiveEntry, partition: number, atMs: number): void {
    this.#ends[slot] = this.#write(entry, this.#startOf(slot))
    if (slot === this.#items - 1) this.#shrink()
    this.#subjects[slot] = subject
    const at = slot * NUMBERS
    this.#numbers[at] = partition
    this.#numbers[at + 1] = entry.offset
    this.#numbers[at + 2] = entry.index ?? NONE
    this.#numbers[at + 3] = atMs
  }

  /** Gives up what is shared; the slot is not read again. Its bytes go with the chunk. */
  clear(slot: number): void {
    this.#subjects[slot] = undefined
  }

  /** Bytes of an item's text. */
  textBytes(slot: number): number {
    return this.#ends[slot]! - this.#startOf(slot)
  }

  /** Of slots in a row, a comma behind each; not a copy, so to be read before the chunk is filled anew. */
  bodies(first: number, last: number): Buffer {
    return this.#text.subarray(this.#startOf(first), this.#ends[last]!)
  }

  /** An item's text without the comma; not a copy either. */
  body(slot: number): Body {
    return { text: this.#text, start: this.#startOf(slot), end: this.#ends[slot]! - 1 }
  }

  subject(slot: number): Subject {
    return this.#subjects[slot]!
  }

  atMs(slot: number): number {
    return this.#numbers[slot * NUMBERS + 3]!
  }

  partition(slot: number): number {
    return this.#numbers[slot * NUMBERS]!
  }

  /** The place of who has seen the item, and nothing after it. */
  place(slot: number): Place {
    const at = slot * NUMBERS
    const index = this.#numbers[at + 2]!
    return { offset: this.#numbers[at + 1]!, index: index === NONE ? WHOLE : index }
  }

  item(slot: number, seq: number): WindowItem {
    const at = slot * NUMBERS
    const index = this.#numbers[at + 2]!
    const { track, sensorType } = this.#subjects[slot]!
    return {
      seq,
      partition: this.#numbers[at]!,
      atMs: this.#numbers[at + 3]!,
      entry: {
        offset: this.#numbers[at + 1]!,
        ...(index !== NONE && { index }),
        deviceId: track.deviceId,
        ...(sensorType !== undefined && { sensorType }),
        json: this.#text.toString('utf8', this.#startOf(slot), this.#ends[slot]! - 1),
      },
    }
  }

  #startOf(slot: number): number {
    return slot === 0 ? 0 : this.#ends[slot - 1]!
  }

  /** Of a chunk that is full. */
  get #usedBytes(): number {
    return this.#ends[this.#items - 1]!
  }

  #shrink(): void {
    const used = this.#usedBytes
    if (used < LEAST_USED * this.#text.length) this.#text = copyOf(this.#text, used, used)
  }

  /** Answers where it ends. What came as bytes is copied as it is. */
  #write(entry: LiveEntry, at: number): number {
    const { encoded } = entry
    if (!encoded) return this.#writeText(entry.json, at)
    const end = at + encoded.end - encoded.start
    this.#makeRoom(at, end + 1)
    encoded.bytes.copy(this.#text, at, encoded.start, encoded.end)
    this.#text[end] = COMMA
    return end + 1
  }

  #writeText(json: string, at: number): number {
    this.#makeRoom(at, at + json.length * BYTES_PER_UNIT + 1)
    const end = at + this.#text.write(json, at)
    this.#text[end] = COMMA
    return end + 1
  }

  /** For what lies there up to `used`, and more up to `needed`. */
  #makeRoom(used: number, needed: number): void {
    if (needed <= this.#text.length) return
    this.#text = copyOf(this.#text, used, Math.max(needed, Math.ceil(GROWTH * this.#text.length)))
  }
}

/** The first `length` bytes in a buffer of another size. */
function copyOf(bytes: Buffer, length: number, size: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(size)
  bytes.copy(copy, 0, 0, length)
  return copy
}
