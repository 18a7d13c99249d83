import type { TopicContract } from '@iot/contracts'
import type { LogRecord, PartitionRange } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import { fetchFrom } from './fetch.js'
import type { Cluster, Place } from './kafka-cluster.js'
import type { KafkaConnection } from './kafka-connection.js'
import type { Names } from './names.js'
import { recordsOf } from './records.js'

/** What is asked for at one time, at most. */
const FETCH_BYTES = 4 * 1024 * 1024

/** What can be asked of the log without being a member of a group. */
export class LogQueries {
  readonly #connection: KafkaConnection
  readonly #names: Names
  readonly #log: Logger

  constructor(deps: { connection: KafkaConnection; names: Names; log: Logger }) {
    this.#connection = deps.connection
    this.#names = deps.names
    this.#log = deps.log
  }

  ranges(topic: TopicContract, partitions = this.#allOf(topic)): Promise<PartitionRange[]> {
    return this.rangesOf(this.#names.topic(topic.name), partitions)
  }

  async rangesOf(name: string, partitions: readonly number[]): Promise<PartitionRange[]> {
    return this.#connection.run(async (cluster) => {
      // One after the other: an end that is older than its start would say that there is less than nothing.
      const starts = await offsetsOf(cluster, name, partitions, true)
      const ends = await offsetsOf(cluster, name, partitions, false)
      return partitions.map((partition) => ({
        partition,
        start: found(starts, name, partition),
        end: found(ends, name, partition),
      }))
    })
  }

  async committed(
    group: string,
    topic: TopicContract,
    partitions = this.#allOf(topic),
  ): Promise<Map<number, number>> {
    const groupId = this.#names.group(group)
    const name = this.#names.topic(topic.name)
    const { responses } = await this.#connection.onCoordinator(groupId, (broker) =>
      broker.offsetFetch({
        groupId,
        topics: [{ topic: name, partitions: partitions.map((partition) => ({ partition })) }],
      }),
    )
    const offsets = new Map(
      responses[0]?.partitions.map(({ partition, offset }) => [partition, Number(offset)]),
    )
    // −1: the group has committed nothing there.
    return new Map(partitions.map((partition) => [partition, Math.max(0, offsets.get(partition) ?? 0)]))
  }

  async read(
    topic: TopicContract,
    partition: number,
    fromOffset: number,
    bounds: { maxRecords: number; maxBytes: number },
  ): Promise<LogRecord[]> {
    const name = this.#names.topic(topic.name)
    const [range] = await this.ranges(topic, [partition])
    const taken: LogRecord[] = []
    let bytes = 0
    let next = Math.max(fromOffset, range!.start)
    while (next < range!.end) {
      const fetched = await this.#fetch({ topic: name, partition }, next, bounds.maxBytes - bytes)
      const found = recordsOf(fetched, { topic: topic.name, partition, fromOffset: next, log: this.#log })
      for (const { record, size } of found.records) {
        if (taken.length > 0 && (taken.length >= bounds.maxRecords || bytes + size > bounds.maxBytes))
          return taken
        taken.push(record)
        bytes += size
      }
      if (taken.length >= bounds.maxRecords) return taken
      if (found.nextOffset === next) return taken
      next = found.nextOffset
    }
    return taken
  }

  async #fetch(place: Place, fromOffset: number, bytesLeft: number) {
    const leaders = await this.#connection.leaders([place])
    const [nodeId] = leaders.keys()
    const maxBytes = Math.min(FETCH_BYTES, Math.max(1, bytesLeft) * 2 + 1_024)
    const [fetched] = await this.#connection.onBroker(nodeId!, (broker) =>
      fetchFrom(broker, [{ ...place, offset: fromOffset }], {
        maxWaitMs: 0,
        maxBytes,
        partitionBytes: maxBytes,
      }),
    )
    return fetched?.records ?? []
  }

  #allOf(topic: TopicContract): number[] {
    return Array.from({ length: this.#names.partitionsOf(topic) }, (_, partition) => partition)
  }
}

async function offsetsOf(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
  fromBeginning: boolean,
): Promise<Map<number, number>> {
  const [answer] = await cluster.fetchTopicsOffset([
    { topic, partitions: partitions.map((partition) => ({ partition })), fromBeginning },
  ])
  return new Map(answer?.partitions.map(({ partition, offset }) => [partition, Number(offset)]))
}

function found(offsets: ReadonlyMap<number, number>, topic: string, partition: number): number {
  const offset = offsets.get(partition)
  if (offset === undefined) throw new Error(`Kafka has no partition ${partition} of ${topic}`)
  return offset
}
