import { silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { GroupCommits } from './group-commits.js'
import { GroupFeed } from './group-feed.js'
import type { Broker, FetchRequest, Place } from './kafka-cluster.js'
import type { KafkaConnection } from './kafka-connection.js'
import type { LogQueries } from './log-queries.js'
import { createNames } from './names.js'

/** One broker whose partition begins at 50: what is older, retention has dropped. */
function brokerThatForgot() {
  return {
    async fetch({ places }: FetchRequest) {
      const { topic, offset: from } = places[0]!
      if (from < 50) throw Object.assign(new Error('out of range'), { type: 'OFFSET_OUT_OF_RANGE' })
      await new Promise((resolve) => setTimeout(resolve, 5))
      return answerOf(topic, { from, count: from < 60 ? 1 : 0, start: 50, end: 60 })
    },
  }
}

/** One broker that has so many new records at every fetch. */
function busyBroker(count: number) {
  const broker = {
    fetches: 0,
    async fetch({ places }: FetchRequest) {
      const { topic, offset: from } = places[0]!
      broker.fetches += 1
      await new Promise((resolve) => setTimeout(resolve, 1))
      return answerOf(topic, { from, count, start: 0, end: from + count })
    },
  }
  return broker
}

function answerOf(topic: string, log: { from: number; count: number; start: number; end: number }) {
  const { start, end } = log
  const records = Array.from({ length: log.count }, (_, n) => ({
    ...{ offset: log.from + n, timestampMs: 0, key: '', text: '{}', bytes: 2 },
  }))
  const partitions = [{ partition: 0, errorCode: 0, start, end, records }]
  return { throttleTime: 0, clientSideThrottleTime: 0, responses: [{ topicName: topic, partitions }] }
}

function openFeed(broker: object, rangesOf?: LogQueries['rangesOf']) {
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
    everyMs: 40,
  })
}

describe('a member that retention has overtaken', () => {
  it('goes on where the log begins now, also where that can’t be asked at once', async () => {
    let asked = 0
    const feed = openFeed(brokerThatForgot(), async () => {
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

/** One broker that has nothing new, until it is told to. */
function quietBroker() {
  const broker = {
    fetches: 0,
    hasNews: false,
    async fetch({ places, maxWaitMs }: FetchRequest) {
      broker.fetches += 1
      if (!broker.hasNews) await new Promise((resolve) => setTimeout(resolve, maxWaitMs))
      const { topic, offset: from } = places[0]!
      const count = broker.hasNews ? 1 : 0
      broker.hasNews = false
      return answerOf(topic, { from, count, start: 0, end: from + count })
    },
  }
  return broker
}

const bounds = { maxRecords: 2_000, maxBytes: 1_000_000 }

describe('a topic that is quiet', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }))
  afterEach(() => void jest.useRealTimers())

  it('is asked less often after a while, and as often as before once something comes', async () => {
    const broker = quietBroker()
    const feed = openFeed(broker)
    async function fetchesIn(ms: number): Promise<number> {
      const before = broker.fetches
      await jest.advanceTimersByTimeAsync(ms)
      return broker.fetches - before
    }
    feed.open('sensors-data', 0, { start: 0, end: 0 })
    expect(await fetchesIn(9_000)).toBeGreaterThan(25)
    await fetchesIn(3_000)
    expect(await fetchesIn(9_000)).toBeLessThan(11)
    const reading = feed.read('sensors-data', 0, 0, bounds)
    broker.hasNews = true
    await fetchesIn(1_500)
    expect(await reading).toHaveLength(1)
    expect(await fetchesIn(8_000)).toBeGreaterThan(25)
    const stopped = feed.stop()
    await fetchesIn(1_500)
    await stopped
  })
})

describe('rounds that follow each other without end', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }))
  afterEach(() => void jest.useRealTimers())

  async function fetchesWithin(ms: number, records: number): Promise<number> {
    const broker = busyBroker(records)
    const feed = openFeed(broker)
    feed.open('sensors-data', 0, { start: 0, end: 0 })
    let isOpen = true
    const reading = (async () => {
      for (let next = 0; isOpen; next += records) await feed.read('sensors-data', 0, next, bounds)
    })().catch(() => {})
    await jest.advanceTimersByTimeAsync(ms)
    isOpen = false
    const stopped = Promise.all([feed.stop(), reading])
    await jest.advanceTimersByTimeAsync(100)
    await stopped
    return broker.fetches
  }

  it('are spaced out, further where each brings little', async () => {
    const rounds = await fetchesWithin(1_000, 30)
    expect(rounds).toBeGreaterThan(20)
    expect(rounds).toBeLessThan(40)
    const few = await fetchesWithin(1_000, 1)
    expect(few).toBeGreaterThan(10)
    expect(few).toBeLessThan(rounds - 8)
  })

  it('are not where much has to be caught up with', async () => {
    expect(await fetchesWithin(100, 1_000)).toBeGreaterThan(30)
  })
})
