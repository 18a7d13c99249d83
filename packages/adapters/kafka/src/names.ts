import { PARTITIONS, type TopicContract } from '@iot/contracts'

/** Holds the log's identity. Who deletes a topic of the log deletes this one too: offsets mean something else then. */
export const EPOCH_TOPIC = 'iot-log-epoch'

/**
 * How this log's topics and groups are called in Kafka. The prefix lets several systems, or the cases of a
 * test, live side by side in one Kafka.
 */
export interface Names {
  readonly epochTopic: string
  topic(name: string): string
  group(name: string): string
  partitionsOf(topic: TopicContract): number
}

export function createNames(options: { prefix?: string; partitions?: number }): Names {
  const { prefix = '', partitions = PARTITIONS } = options
  return {
    epochTopic: prefix + EPOCH_TOPIC,
    topic: (name) => prefix + name,
    group: (name) => prefix + name,
    partitionsOf: (topic) => topic.partitions ?? partitions,
  }
}
