import { silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { describe, expect, it } from '@jest/globals'
import type { GroupCommits } from './group-commits.js'
import { GroupFeed } from './group-feed.js'
import type { Broker, Place } from './kafka-cluster.js'
import type { KafkaConnection } from './kafka-connection.js'
import type { LogQueries } from './log-queries.js'
import { createNames } from './names.js'

type Fetch = Parameters<Broker['fetch']>[0]

/** One broker whose partition begins at 50: what is older, retention has dropped. */
function openFeed(rangesOf: LogQueries['rangesOf']) {
  const broker = {
    async fetch({ topics }: Fetch) {
      const [{ topic, partitions }] = topics as [Fetch['topics'][number]]
      const from = Number(partitions[0]!.fetchOffset)
      if (from < 50) throw Object.assign(new Error('out of range'), { type: 'OFFSET_OUT_OF_RANGE' })
      await new Promise((resolve) => setTimeout(resolve, 5))
      const messages =
        from < 60 ? [{ offset: String(from), key: null, value: Buffer.from('{}'), timestamp: '0' }] : []
      const found = { partition: 0, highWatermark: '60', lastStartOffset: '50', messages }
      return { responses: [{ topicName: topic, partitions: [found] }] }
    },
  }
  const connection = {
    leaders: async <At extends Place>(places: readonly At[]) => new Map([[1, [...places]]]),
    onBroker: async <Answer>(_: number, call: (broker: Broker) => Promise<Answer>) =>
      call(broker as unknown as Broker),
  } as unknown as KafkaConnection
  return new GroupFeed({
    connection,
    queries: { rangesOf } as unknown as LogQueries,
    commits: {} as GroupCommits,
    names: createNames({ partitions: 1 }),
    log: silentLogger(),
    onRecords: () => {},
  })
}

describe('a member that retention has overtaken', () => {
  it('goes on where the log begins now, also where that can’t be asked at once', async () => {
    let asked = 0
    const feed = openFeed(async () => {
      asked += 1
      if (asked === 1) throw new Error('the broker is away')
      return [{ partition: 0, start: 50, end: 60 }]
    })
    feed.open('sensors-data', 0, { start: 0, end: 60 })
    const overtaken = feed.read('sensors-data', 0, 10, { maxRecords: 10, maxBytes: 1_000 })
    await expect(overtaken).rejects.toThrow('no longer has')
    await until('it knows where the log begins', () => feed.range('sensors-data', 0).start === 50)
    const read = await feed.read('sensors-data', 0, 50, { maxRecords: 1, maxBytes: 1_000 })
    expect(read.map(({ offset }) => offset)).toEqual([50])
    await feed.stop()
  })
})
