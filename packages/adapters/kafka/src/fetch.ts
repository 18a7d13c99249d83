import type { Broker, FetchedMessage, Place } from './kafka-cluster.js'

export interface FetchedPlace extends Place {
  readonly messages: readonly FetchedMessage[]
  readonly start: number
  readonly end: number
}

/** One fetch of several places that a broker leads. At least one record of each is in an answer that is not empty. */
export async function fetchFrom(
  broker: Broker,
  wanted: readonly (Place & { offset: number })[],
  limits: { maxWaitMs: number; maxBytes: number; partitionBytes: number },
): Promise<FetchedPlace[]> {
  const { responses } = await broker.fetch({
    maxWaitTime: limits.maxWaitMs,
    minBytes: 1,
    maxBytes: limits.maxBytes,
    topics: wanted.map(({ topic, partition, offset }) => ({
      topic,
      partitions: [{ partition, fetchOffset: String(offset), maxBytes: limits.partitionBytes }],
    })),
  })
  return responses.flatMap(({ topicName, partitions }) =>
    partitions.map(({ partition, messages, highWatermark, lastStartOffset }) => ({
      topic: topicName,
      partition,
      messages,
      start: Number(lastStartOffset),
      end: Number(highWatermark),
    })),
  )
}
