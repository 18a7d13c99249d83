import type { Broker, FetchedRecord, Place } from './kafka-cluster.js'

export interface FetchedPlace extends Place {
  readonly records: readonly FetchedRecord[]
  readonly start: number
  readonly end: number
}

/** One fetch of several places that a broker leads. At least one record of each is in an answer that is not empty. */
export async function fetchFrom(
  broker: Broker,
  wanted: readonly (Place & { offset: number })[],
  limits: { maxWaitMs: number; maxBytes: number; partitionBytes: number },
): Promise<FetchedPlace[]> {
  // The broker fills its answer in this order: another place is first each time, so that full ones leave room to all.
  const first = Math.floor(Math.random() * wanted.length)
  const places = [...wanted.slice(first), ...wanted.slice(0, first)]
  const { responses } = await broker.fetch({ ...limits, places })
  return responses.flatMap(({ topicName, partitions }) =>
    partitions.map(({ partition, records, start, end }) => ({
      topic: topicName,
      partition,
      records,
      start,
      end,
    })),
  )
}
