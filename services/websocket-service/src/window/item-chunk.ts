import type { LiveEntry } from '@iot/ports'
import { type Place, WHOLE } from './place.js'
import type { WindowItem } from './window-log.js'

const NUMBERS = 4
/** Stands for “no index”. */
const NONE = -1

/** What a chunk has room for before it has to grow. */
const FIRST_TEXT_BYTES = 65_536
/** UTF-8 of one UTF-16 unit at most. */
const BYTES_PER_UNIT = 3

/**
 * Items as rows of arrays: two texts that many items share, four numbers, and the body, which lies as bytes outside
 * of the heap until somebody reads it. As texts, which are copied twice before they are old, the bodies were
 * half of what garbage collections had to do.
 */
export class ItemChunk {
  readonly #items: number
  #text: Buffer = Buffer.allocUnsafeSlow(FIRST_TEXT_BYTES)
  /** where each item's text ends; by slot */
  readonly #ends: Uint32Array
  readonly #deviceIds: string[]
  readonly #sensorTypes: (string | undefined)[]
  /** partition, offset, index, time; by slot */
  readonly #numbers: Float64Array

  constructor(items: number) {
    this.#items = items
    this.#ends = new Uint32Array(items)
    this.#deviceIds = new Array<string>(items).fill('')
    this.#sensorTypes = new Array<string | undefined>(items).fill(undefined)
    this.#numbers = new Float64Array(items * NUMBERS)
  }

  /** Fills the slots one after another. */
  set(slot: number, entry: LiveEntry, partition: number, atMs: number): void {
    this.#ends[slot] = this.#write(entry.json, this.#startOf(slot))
    if (slot === this.#items - 1) this.#text = copyOf(this.#text, this.#ends[slot]!, this.#ends[slot]!)
    this.#deviceIds[slot] = entry.deviceId
    this.#sensorTypes[slot] = entry.sensorType
    const at = slot * NUMBERS
    this.#numbers[at] = partition
    this.#numbers[at + 1] = entry.offset
    this.#numbers[at + 2] = entry.index ?? NONE
    this.#numbers[at + 3] = atMs
  }

  /** Gives up the shared texts; the slot is not read again. Its bytes go with the chunk. */
  clear(slot: number): void {
    this.#deviceIds[slot] = ''
    this.#sensorTypes[slot] = undefined
  }

  /** Bytes of an item's text. */
  textBytes(slot: number): number {
    return this.#ends[slot]! - this.#startOf(slot)
  }

  deviceId(slot: number): string {
    return this.#deviceIds[slot]!
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
    const sensorType = this.#sensorTypes[slot]
    return {
      seq,
      partition: this.#numbers[at]!,
      atMs: this.#numbers[at + 3]!,
      entry: {
        offset: this.#numbers[at + 1]!,
        ...(index !== NONE && { index }),
        deviceId: this.#deviceIds[slot]!,
        ...(sensorType !== undefined && { sensorType }),
        json: this.#text.toString('utf8', this.#startOf(slot), this.#ends[slot]!),
      },
    }
  }

  #startOf(slot: number): number {
    return slot === 0 ? 0 : this.#ends[slot - 1]!
  }

  /** Answers where it ends. */
  #write(json: string, at: number): number {
    const needed = at + json.length * BYTES_PER_UNIT
    if (needed > this.#text.length)
      this.#text = copyOf(this.#text, at, Math.max(needed, 2 * this.#text.length))
    return at + this.#text.write(json, at)
  }
}

/** The first `length` bytes in a buffer of another size. */
function copyOf(bytes: Buffer, length: number, size: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(size)
  bytes.copy(copy, 0, 0, length)
  return copy
}
