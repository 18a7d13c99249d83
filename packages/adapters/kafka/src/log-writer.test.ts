import { describe, expect, it } from '@jest/globals'
import type { Broker, Place } from './kafka-cluster.js'
import { type Batch, LogWriter } from './log-writer.js'

type Produce = Parameters<Broker['produce']>[0]

/** Two brokers: even partitions are led by the first, odd ones by the second. */
function brokers(): {
  connection: ConstructorParameters<typeof LogWriter>[0]
  requests: Produce[]
  broken: Set<number>
} {
  const requests: Produce[] = []
  const broken = new Set<number>()
  const brokerOf = (nodeId: number): Pick<Broker, 'produce'> => ({
    produce: async (request) => {
      requests.push(request)
      if (broken.has(nodeId)) throw new Error(`broker ${nodeId} is away`)
      return {
        topics: request.topicData.map(({ topic, partitions }) => ({
          topicName: topic,
          partitions: partitions.map(({ partition }) => ({ partition, baseOffset: String(100 + partition) })),
        })),
      }
    },
  })
  return {
    requests,
    broken,
    connection: {
      leaders: async <At extends Place>(places: readonly At[]) => {
        const led = new Map<number, At[]>()
        for (const place of places) {
          const nodeId = place.partition % 2
          led.set(nodeId, [...(led.get(nodeId) ?? []), place])
        }
        return led
      },
      onBroker: async (nodeId, call) => call(brokerOf(nodeId) as Broker),
    },
  }
}

function batch(topic: string, partition: number): Batch {
  return { topic, partition, messages: [{ key: 'k', value: '{}', timestampMs: 0 }], baseOffset: undefined }
}

describe('writing batches', () => {
  it('takes one request for each leader, and waits for all replicas in sync', async () => {
    const { connection, requests } = brokers()
    const batches = [batch('a', 0), batch('a', 1), batch('a', 2), batch('b', 0)]
    await new LogWriter(connection).write(batches)
    expect(batches.map(({ baseOffset }) => baseOffset)).toEqual([100, 101, 102, 100])
    expect(requests.map(({ acks }) => acks)).toEqual([-1, -1])
    expect(requests[0]!.topicData.map(({ topic, partitions }) => [topic, partitions.length])).toEqual([
      ['a', 2],
      ['b', 1],
    ])
  })

  it('notes what one leader has written when the other fails, and writes only the rest again', async () => {
    const { connection, requests, broken } = brokers()
    const writer = new LogWriter(connection)
    const batches = [batch('a', 0), batch('a', 1)]
    broken.add(1)
    await expect(writer.write(batches)).rejects.toThrow('broker 1 is away')
    expect(batches.map(({ baseOffset }) => baseOffset)).toEqual([100, undefined])
    broken.clear()
    requests.length = 0
    await writer.write(batches)
    expect(batches.map(({ baseOffset }) => baseOffset)).toEqual([100, 101])
    expect(requests).toHaveLength(1)
  })
})
