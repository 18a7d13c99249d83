import type { LiveEntry } from '@iot/ports'
import { type Place, WHOLE } from './place.js'
import type { WindowItem } from './window-log.js'

const NUMBERS = 4
/** Stands for “no index”. */
const NONE = -1

/** Items as rows of arrays: three texts, which are shared but for the body, and four numbers. */
export class ItemChunk {
  readonly #json: string[]
  readonly #deviceIds: string[]
  readonly #sensorTypes: (string | undefined)[]
  /** partition, offset, index, time; by slot */
  readonly #numbers: Float64Array

  constructor(items: number) {
    this.#json = new Array<string>(items).fill('')
    this.#deviceIds = new Array<string>(items).fill('')
    this.#sensorTypes = new Array<string | undefined>(items).fill(undefined)
    this.#numbers = new Float64Array(items * NUMBERS)
  }

  set(slot: number, entry: LiveEntry, partition: number, atMs: number): void {
    this.#json[slot] = entry.json
    this.#deviceIds[slot] = entry.deviceId
    this.#sensorTypes[slot] = entry.sensorType
    const at = slot * NUMBERS
    this.#numbers[at] = partition
    this.#numbers[at + 1] = entry.offset
    this.#numbers[at + 2] = entry.index ?? NONE
    this.#numbers[at + 3] = atMs
  }

  /** Gives up the texts; the slot is not read again. */
  clear(slot: number): void {
    this.#json[slot] = ''
    this.#deviceIds[slot] = ''
    this.#sensorTypes[slot] = undefined
  }

  json(slot: number): string {
    return this.#json[slot]!
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
        json: this.#json[slot]!,
      },
    }
  }
}
