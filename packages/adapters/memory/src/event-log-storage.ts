import type { GroupSource } from '@iot/adapter-groups'
import type { TopicContract } from '@iot/contracts'
import { LogError, type LogRecord } from '@iot/ports'

interface Entry {
  readonly key: string
  readonly timestampMs: number
  readonly text: string
  /** decoded on first read, then shared */
  record: LogRecord | undefined
}

interface Partition {
  start: number
  entries: Entry[]
}

interface Topic {
  readonly retentionMs: number
  readonly partitions: Partition[]
}

const EMPTY = { start: 0, end: 0 }

/** Records as JSON texts, and what groups have committed. */
export class MemoryLogStorage implements GroupSource {
  readonly partitions: number
  readonly #maxLogBytes: number
  readonly #onRoom: () => void
  readonly #topics = new Map<string, Topic>()
  /** next offsets per group and topic, by partition */
  readonly #committed = new Map<string, Map<string, number[]>>()
  #bytes = 0
  #loseNextCommitAnswer = false

  constructor(deps: { partitions: number; maxLogBytes: number; onRoom: () => void }) {
    this.partitions = deps.partitions
    this.#maxLogBytes = deps.maxLogBytes
    this.#onRoom = deps.onRoom
  }

  async openGroup(group: string, topics: readonly TopicContract[]): Promise<void> {
    const offsets = this.#committed.get(group) ?? new Map<string, number[]>()
    this.#committed.set(group, offsets)
    for (const topic of topics) {
      this.#open(topic)
      if (!offsets.has(topic.name)) offsets.set(topic.name, new Array(this.partitions).fill(0))
    }
  }

  range(topic: string, partition: number) {
    const found = this.#topics.get(topic)?.partitions[partition]
    return found ? { start: found.start, end: found.start + found.entries.length } : EMPTY
  }

  committedOffset(group: string, topic: string, partition: number): number {
    return this.#committed.get(group)?.get(topic)?.[partition] ?? 0
  }

  read<Value>(
    topic: string,
    partition: number,
    fromOffset: number,
    bounds: { maxRecords: number; maxBytes: number },
  ): LogRecord<Value>[] {
    const found = this.#topics.get(topic)?.partitions[partition]
    if (!found) return []
    const records: LogRecord<Value>[] = []
    let bytes = 0
    for (let at = Math.max(0, fromOffset - found.start); at < found.entries.length; at++) {
      const entry = found.entries[at]!
      bytes += entry.text.length
      if (records.length > 0 && (records.length >= bounds.maxRecords || bytes > bounds.maxBytes)) break
      entry.record ??= decode(topic, partition, found.start + at, entry)
      records.push(entry.record as LogRecord<Value>)
    }
    return records
  }

  async commit(group: string, topic: string, partition: number, nextOffset: number): Promise<void> {
    const lost = this.#loseNextCommitAnswer
    this.#loseNextCommitAnswer = false
    // Later than the call, as a real log answers: code that forgets to wait is found out.
    await new Promise((resolve) => setImmediate(resolve))
    const offsets = this.#committed.get(group)?.get(topic)
    if (offsets) offsets[partition] = Math.max(offsets[partition]!, nextOffset)
    this.#onRoom()
    if (lost) throw new LogError('LOG_UNAVAILABLE', 'the answer to a commit was lost')
  }

  loseNextCommitAnswer(): void {
    this.#loseNextCommitAnswer = true
  }

  /** Makes room where it can: at the bound, records that every group has committed go before their time. */
  hasRoomFor(text: string): boolean {
    if (this.#bytes + text.length > this.#maxLogBytes) this.#drop(() => true)
    return this.#bytes === 0 || this.#bytes + text.length <= this.#maxLogBytes
  }

  write(
    topic: TopicContract,
    partition: number,
    entry: { key: string; timestampMs: number; text: string },
  ): number {
    const { start, entries } = this.#open(topic).partitions[partition]!
    entries.push({ key: entry.key, timestampMs: entry.timestampMs, text: entry.text, record: undefined })
    this.#bytes += entry.text.length
    return start + entries.length - 1
  }

  retain(nowMs: number): void {
    this.#drop((entry, { retentionMs }) => entry.timestampMs < nowMs - retentionMs)
    this.#onRoom()
  }

  #drop(mayGo: (entry: Entry, topic: Topic) => boolean): void {
    for (const [name, topic] of this.#topics) {
      topic.partitions.forEach((partition, number) => {
        const consumed = this.#neededFrom(name, number) - partition.start
        let dropped = 0
        while (dropped < Math.min(consumed, partition.entries.length)) {
          if (!mayGo(partition.entries[dropped]!, topic)) break
          this.#bytes -= partition.entries[dropped]!.text.length
          dropped += 1
        }
        partition.entries.splice(0, dropped)
        partition.start += dropped
      })
    }
  }

  /** The lowest offset that a group still needs. */
  #neededFrom(topic: string, partition: number): number {
    let lowest = Number.POSITIVE_INFINITY
    for (const offsets of this.#committed.values()) {
      lowest = Math.min(lowest, offsets.get(topic)?.[partition] ?? Number.POSITIVE_INFINITY)
    }
    return lowest
  }

  #open(contract: TopicContract): Topic {
    let topic = this.#topics.get(contract.name)
    if (!topic) {
      topic = {
        retentionMs: contract.retentionHours * 3_600_000,
        partitions: Array.from({ length: this.partitions }, () => ({ start: 0, entries: [] })),
      }
      this.#topics.set(contract.name, topic)
    }
    return topic
  }
}

function decode(topic: string, partition: number, offset: number, entry: Entry): LogRecord {
  const { key, timestampMs, text } = entry
  // Frozen: groups share a record, and one that changes it would spoil it for the others.
  return freeze({ topic, partition, offset, key, timestampMs, value: JSON.parse(text) as unknown })
}

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) freeze(part)
    Object.freeze(value)
  }
  return value
}
