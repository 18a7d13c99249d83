import { pause } from '@iot/adapter-groups'
import type { TopicContract } from '@iot/contracts'
import type { Logger } from '@iot/runtime'
import type { KafkaConnection } from './kafka-connection.js'
import { isFinal, kafkaErrorType } from './kafka-error.js'
import { EPOCH_TOPIC, type Names } from './names.js'

const RETRY_MS = 500

/** Waits until a broker answers and every topic is known to it. Rejects with what to do about it. */
export async function waitForKafka(
  connection: KafkaConnection,
  options: { brokers: readonly string[]; withinMs: number; log: Logger; signal: AbortSignal },
): Promise<void> {
  const { brokers, withinMs, log, signal } = options
  const giveUpAtMs = performance.now() + withinMs
  let hasSpoken = false
  for (;;) {
    try {
      return await connection.run(async () => {})
    } catch (cause) {
      if (signal.aborted) throw cause
      if (isFinal(cause) || performance.now() > giveUpAtMs) throw unreachable(brokers, cause)
      if (!hasSpoken) log.info({ err: cause }, 'waiting for Kafka')
      hasSpoken = true
      await pause(RETRY_MS, signal)
    }
  }
}

/** Refuses topics with another partition count: a device would change its partition, and lose its order. */
export async function checkTopics(
  connection: KafkaConnection,
  options: { topics: readonly TopicContract[]; names: Names },
): Promise<void> {
  const { topics, names } = options
  for (const topic of topics) {
    const name = names.topic(topic.name)
    const found = await connection.run(async (cluster) => cluster.findTopicPartitionMetadata(name).length)
    refuseCount(name, found, names.partitionsOf(topic))
  }
}

export function refuseCount(name: string, found: number, wanted: number): void {
  if (found === wanted) return
  throw new Error(
    `topic ${name} has ${found} partitions and needs ${wanted}: devices would change their partitions. ` +
      `Use a Kafka of its own, or delete the topic together with ${EPOCH_TOPIC} (offsets begin anew, so the log ` +
      'is another one), and run the migrate job again',
  )
}

function unreachable(brokers: readonly string[], cause: unknown): Error {
  if (kafkaErrorType(cause) === 'UNKNOWN_TOPIC_OR_PARTITION') {
    return new Error('Kafka lacks topics of this system: run the migrate job first', { cause })
  }
  return new Error(`Kafka does not answer at ${brokers.join(', ')}: check KAFKA_BROKERS and the broker`, {
    cause,
  })
}
