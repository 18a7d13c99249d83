import type { Place, ProducedRecord } from './kafka-cluster.js'
import type { KafkaConnection } from './kafka-connection.js'

export interface Batch extends Place {
  readonly messages: ProducedRecord[]
  /** offset of the first message, once it is durable */
  baseOffset: number | undefined
}

/** How long the leader may wait for its followers. */
const ACKS_TIMEOUT_MS = 5_000

/** Writes batches with one request to each leader, and acknowledged by all replicas in sync. */
export class LogWriter {
  readonly #connection: Pick<KafkaConnection, 'leaders' | 'onBroker'>

  constructor(connection: Pick<KafkaConnection, 'leaders' | 'onBroker'>) {
    this.#connection = connection
  }

  /** Writes what has no offset yet, once; rejects when some of it still has none. */
  async write(batches: readonly Batch[]): Promise<void> {
    const open = batches.filter(({ baseOffset }) => baseOffset === undefined)
    const leaders = await this.#connection.leaders(open)
    const outcomes = await Promise.allSettled([...leaders].map(([nodeId, led]) => this.#writeTo(nodeId, led)))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  async #writeTo(nodeId: number, batches: readonly Batch[]): Promise<void> {
    const byTopic = new Map<string, Batch[]>()
    for (const batch of batches) byTopic.set(batch.topic, [...(byTopic.get(batch.topic) ?? []), batch])
    const { topics } = await this.#connection.onBroker(nodeId, (broker) =>
      broker.produce({
        acks: -1,
        timeout: ACKS_TIMEOUT_MS,
        topicData: [...byTopic].map(([topic, partitions]) => ({ topic, partitions })),
      }),
    )
    for (const { topicName, partitions } of topics) {
      for (const { partition, baseOffset } of partitions) {
        const batch = byTopic.get(topicName)?.find((sent) => sent.partition === partition)
        if (batch) batch.baseOffset = Number(baseOffset)
      }
    }
  }
}
