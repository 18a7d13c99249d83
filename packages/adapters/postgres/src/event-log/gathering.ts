import type { TopicContract } from '@iot/contracts'
import type { LogRecord } from '@iot/ports'
import { LineBuffer } from './line-buffer.js'

/** A record whose offset is known when its flush begins. */
export type PendingRecord = { -readonly [Field in keyof LogRecord]: LogRecord[Field] }

/** What a gathering has for one partition. */
export interface GatheredPart {
  readonly topic: TopicContract
  readonly partition: number
  readonly records: PendingRecord[]
  /** bytes of each value's JSON */
  readonly sizes: number[]
  readonly lines: LineBuffer
}

/** Buffers that wait to be used again, and how large they may be. */
const SPARE_BUFFERS = 32
const SPARE_BYTES = 131_072

/** Buffers go round: new ones with every flush would be as many bytes to collect as all that is written. */
export class SpareLines {
  readonly #spare: LineBuffer[] = []

  take(): LineBuffer {
    return this.#spare.pop() ?? new LineBuffer()
  }

  giveBack(lines: LineBuffer): void {
    if (this.#spare.length >= SPARE_BUFFERS || lines.capacity > SPARE_BYTES) return
    lines.clear()
    this.#spare.push(lines)
  }
}

/** Records that one flush writes, by partition in the order in which they came. They share one promise. */
export class Gathering {
  readonly written: Promise<void>
  readonly beganMs = performance.now()
  readonly parts: GatheredPart[] = []
  count = 0
  /** bytes of JSON */
  size = 0
  resolve: () => void = () => {}
  reject: (error: Error) => void = () => {}
  readonly #spare: SpareLines
  readonly #byTopic = new Map<TopicContract, (GatheredPart | undefined)[]>()

  constructor(spare: SpareLines) {
    this.#spare = spare
    this.written = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  part(topic: TopicContract, partition: number): GatheredPart {
    let parts = this.#byTopic.get(topic)
    if (!parts) {
      parts = []
      this.#byTopic.set(topic, parts)
    }
    let part = parts[partition]
    if (!part) {
      part = { topic, partition, records: [], sizes: [], lines: this.#spare.take() }
      parts[partition] = part
      this.parts.push(part)
    }
    return part
  }

  topics(): Iterable<TopicContract> {
    return this.#byTopic.keys()
  }

  /** Its bytes are not needed any more. */
  release(): void {
    for (const { lines } of this.parts) this.#spare.giveBack(lines)
  }
}
