import { randomUUID } from 'node:crypto'
import { fetchFrom } from './fetch.js'
import type { KafkaConnection } from './kafka-connection.js'
import { LogWriter } from './log-writer.js'

interface EpochRecord {
  readonly epoch: string
  readonly partitions: number
}

/**
 * The identity of the log: the oldest record of its own topic that was written for this partition count. Each
 * record has a key of its own, so that compaction keeps all of them. Processes that start at once may write one
 * each; all go by the oldest.
 */
export async function readOrMakeEpoch(
  connection: KafkaConnection,
  topic: string,
  partitions: number,
): Promise<string> {
  const known = await readEpoch(connection, topic, partitions)
  if (known) return known
  const mine: EpochRecord = { epoch: randomUUID(), partitions }
  await new LogWriter(connection).write([
    {
      topic,
      partition: 0,
      messages: [{ key: mine.epoch, value: JSON.stringify(mine), timestampMs: Date.now() }],
      baseOffset: undefined,
    },
  ])
  const oldest = await readEpoch(connection, topic, partitions)
  if (!oldest) throw new Error(`the identity of the log was written to ${topic}, and is not there`)
  return oldest
}

async function readEpoch(
  connection: KafkaConnection,
  topic: string,
  partitions: number,
): Promise<string | undefined> {
  const place = { topic, partition: 0 }
  const [nodeId] = (await connection.leaders([place])).keys()
  for (let offset = await startOf(connection, topic); ; ) {
    const [fetched] = await connection.onBroker(nodeId!, (broker) =>
      fetchFrom(broker, [{ ...place, offset }], {
        maxWaitMs: 0,
        maxBytes: 1_048_576,
        partitionBytes: 1_048_576,
      }),
    )
    for (const { text } of fetched?.records ?? []) {
      const record = JSON.parse(text!) as EpochRecord
      if (record.partitions === partitions) return record.epoch
    }
    const last = fetched?.records.at(-1)
    if (!last || last.offset + 1 >= fetched!.end) return undefined
    offset = last.offset + 1
  }
}

async function startOf(connection: KafkaConnection, topic: string): Promise<number> {
  const [start] = await connection.run((cluster) =>
    cluster.fetchTopicsOffset([{ topic, partitions: [{ partition: 0 }], fromBeginning: true }]),
  )
  return Number(start?.partitions[0]?.offset ?? 0)
}
