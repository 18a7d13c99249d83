import { partitionOf, TOPICS, type TopicContract } from '@iot/contracts'
import { systemClock } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { type AppenderLimits, LogAppender } from './log-appender.js'
import type { Batch } from './log-writer.js'
import { createNames } from './names.js'
import { BEAT_MS } from './pace.js'

const READINGS: TopicContract = TOPICS.sensorsData

/** Kafka as far as the appender sees it: the values of each partition, and attempts that fail as told. */
class Partitions {
  readonly written = new Map<string, string[]>()
  attempts = 0
  /** what the next attempts do; when they are used up, all is well */
  outcomes: ('refused' | 'answer lost' | 'half written' | Promise<void>)[] = []

  onWrite = (): void => {}

  async write(batches: readonly Batch[]): Promise<void> {
    this.attempts += 1
    this.onWrite()
    const outcome = this.outcomes.shift()
    await outcome
    if (outcome === 'refused') throw new Error('not now')
    const open = batches.filter(({ baseOffset }) => baseOffset === undefined)
    for (const batch of outcome === 'half written' ? open.slice(0, 1) : open) {
      const place = `${batch.topic}/${batch.partition}`
      const values = this.written.get(place) ?? []
      this.written.set(place, values)
      if (outcome !== 'answer lost') batch.baseOffset = values.length
      values.push(...batch.messages.map(({ value }) => value))
    }
    if (outcome !== undefined && !(outcome instanceof Promise)) throw new Error(outcome)
  }
}

function appender(limits: Partial<AppenderLimits> = {}): { log: LogAppender; kafka: Partitions } {
  const kafka = new Partitions()
  const log = new LogAppender({
    writer: kafka,
    names: createNames({ partitions: 2 }),
    clock: systemClock,
    log: silentLogger(),
    signal: new AbortController().signal,
    limits: {
      lingerMs: 1,
      maxFlushRecords: 3,
      maxFlushBytes: 1_000,
      maxQueuedBytes: 10_000,
      retryLimitMs: 10_000,
      ...limits,
    },
  })
  return { log, kafka }
}

function keyIn(partition: number): string {
  for (let n = 0; ; n++) if (partitionOf(`k${n}`, 2) === partition) return `k${n}`
}

const place = (partition: number): string => `${READINGS.name}/${partition}`

describe('appending to Kafka', () => {
  it('writes what came within the linger with one request, and answers in the order of the calls', async () => {
    const { log, kafka } = appender()
    const answered: number[] = []
    const appends = [0, 1, 0].map(async (partition, n) => {
      const answer = await log.append(READINGS, keyIn(partition), `v${n}`)
      answered.push(n)
      return answer
    })
    expect(await Promise.all(appends)).toEqual([
      { partition: 0, offset: 0 },
      { partition: 1, offset: 0 },
      { partition: 0, offset: 1 },
    ])
    expect(answered).toEqual([0, 1, 2])
    expect(kafka.attempts).toBe(1)
  })

  it('has one flush under way; what comes later waits for it, whatever becomes of it', async () => {
    const { log, kafka } = appender()
    kafka.outcomes = ['refused', 'refused']
    const first = log.append(READINGS, keyIn(0), 'first')
    await until('it was refused', () => kafka.attempts === 1)
    const second = log.append(READINGS, keyIn(0), 'second')
    expect(await Promise.all([first, second])).toMatchObject([{ offset: 0 }, { offset: 1 }])
    expect(kafka.written.get(place(0))).toEqual(['first', 'second'])
    expect(kafka.attempts).toBe(4)
  })

  it('writes again what may not have been written, and answers with the place of the last', async () => {
    const { log, kafka } = appender()
    kafka.outcomes = ['answer lost']
    expect(await log.append(READINGS, keyIn(0), 'v')).toEqual({ partition: 0, offset: 1 })
    expect(kafka.written.get(place(0))).toEqual(['v', 'v'])
  })

  it('writes again only what has no answer', async () => {
    const { log, kafka } = appender()
    kafka.outcomes = ['half written']
    await Promise.all([log.append(READINGS, keyIn(0), 'a'), log.append(READINGS, keyIn(1), 'b')])
    expect([kafka.written.get(place(0)), kafka.written.get(place(1))]).toEqual([['a'], ['b']])
  })

  it('rejects with LOG_UNAVAILABLE when its time is used up, and goes on', async () => {
    const { log, kafka } = appender({ retryLimitMs: 0 })
    kafka.outcomes = ['half written', 'refused']
    const appends = [log.append(READINGS, keyIn(0), 'a'), log.append(READINGS, keyIn(1), 'b')]
    const outcomes = await Promise.allSettled(appends)
    expect(outcomes).toMatchObject([
      { status: 'fulfilled', value: { partition: 0, offset: 0 } },
      { status: 'rejected', reason: { code: 'LOG_UNAVAILABLE', retriable: true } },
    ])
    kafka.outcomes = []
    expect(await log.append(READINGS, keyIn(1), 'c')).toEqual({ partition: 1, offset: 0 })
  })

  it('says that it waits, and that it does no longer', async () => {
    const { log, kafka } = appender()
    kafka.outcomes = ['refused']
    const append = log.append(READINGS, keyIn(0), 'v')
    await until('it says so', () => log.report().status === 'degraded')
    await append
    expect(log.report()).toEqual({ status: 'healthy' })
  })

  it('takes no more than its bound, and again when there is room', async () => {
    const { log, kafka } = appender({ maxQueuedBytes: 10 })
    let goOn = (): void => {}
    kafka.outcomes = [
      new Promise((resolve) => {
        goOn = resolve
      }),
    ]
    const taken = [log.append(READINGS, keyIn(0), '12345'), log.append(READINGS, keyIn(0), '678901')]
    await expect(log.append(READINGS, keyIn(0), 'x')).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
    goOn()
    await Promise.all(taken)
    expect(await log.append(READINGS, keyIn(0), 'x')).toMatchObject({ offset: 2 })
  })

  it('keeps a request to its bounds, and sends a record that is larger by itself', async () => {
    const { log, kafka } = appender({ maxFlushBytes: 10 })
    const values = ['1234', '5678', '9', 'far more than ten', '0']
    await Promise.all(values.map((value) => log.append(READINGS, keyIn(0), value)))
    expect(kafka.written.get(place(0))).toEqual(values)
    expect(kafka.attempts).toBe(3)
  })
})

describe('records that are enqueued', () => {
  it('share the promise of their flush, and stand among those appended in the order of the calls', async () => {
    const { log, kafka } = appender()
    const first = log.enqueue(READINGS, keyIn(0), '1')
    const place = log.append(READINGS, keyIn(0), '2')
    const last = log.enqueue(READINGS, keyIn(0), '3')
    expect(last).toBe(first)
    await first
    expect(await place).toEqual({ partition: 0, offset: 1 })
    expect(kafka.written.get(`${READINGS.name}/0`)).toEqual(['1', '2', '3'])
    expect(log.enqueue(READINGS, keyIn(0), '4')).not.toBe(first)
    await log.flush()
  })

  it('are answered together as far as one flush has room for them', async () => {
    const { log, kafka } = appender({ maxFlushRecords: 2 })
    const promises = ['1', '2', '3', '4', '5'].map((text) => log.enqueue(READINGS, keyIn(0), text))
    expect(new Set(promises).size).toBe(3)
    await Promise.all(promises)
    expect(kafka.written.get(place(0))).toEqual(['1', '2', '3', '4', '5'])
    expect(kafka.attempts).toBe(3)
  })

  it('are all rejected where one of them can’t be written, and those after them are taken', async () => {
    const { log, kafka } = appender({ retryLimitMs: 0 })
    kafka.outcomes = ['half written', 'refused']
    const [a, b] = [log.enqueue(READINGS, keyIn(0), 'a'), log.enqueue(READINGS, keyIn(1), 'b')]
    expect(b).toBe(a)
    await expect(a).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
    kafka.outcomes = []
    await log.enqueue(READINGS, keyIn(1), 'c')
    expect(kafka.written.get(place(1))).toEqual(['c'])
  })

  it('are refused at once beyond the bound', async () => {
    const { log } = appender({ maxQueuedBytes: 3 })
    const taken = log.enqueue(READINGS, keyIn(0), 'four')
    expect(() => log.enqueue(READINGS, keyIn(0), 'x')).toThrow('too much waits')
    await taken
  })
})

describe('work that is gathered', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }))
  afterEach(() => void jest.useRealTimers())

  /** An appender that has written so much lately that its flushes keep the beat. */
  async function busy() {
    const { log, kafka } = appender({ maxFlushRecords: 100 })
    for (let n = 0; n < 20; n++) {
      void Promise.all([log.append(READINGS, keyIn(1), 'v'), log.append(READINGS, keyIn(1), 'v')])
      await log.flush()
    }
    const done: number[] = []
    const gather = (n: number) =>
      log.gather(() => {
        done.push(n)
        log.append(READINGS, keyIn(0), `${n}`).catch(() => {})
      })
    return { log, kafka, done, gather }
  }

  it('is done at once where the next flush waits for nothing', () => {
    const { log } = appender()
    let isDone = false
    log.gather(() => {
      isDone = true
    })
    expect(isDone).toBe(true)
  })

  it('is done with the next flush, which has it', async () => {
    const { kafka, done, gather } = await busy()
    const { attempts } = kafka
    for (const n of [1, 2, 3]) gather(n)
    expect(done).toEqual([])
    await jest.advanceTimersByTimeAsync(2 * BEAT_MS)
    expect(done).toEqual([1, 2, 3])
    expect(kafka.written.get(place(0))).toEqual(['1', '2', '3'])
    expect(kafka.attempts).toBe(attempts + 1)
  })

  it('is done before that where there is enough of it', async () => {
    const { log, kafka, done, gather } = await busy()
    for (let n = 0; n < 70; n++) gather(n)
    expect(done).toEqual(Array.from({ length: 64 }, (_, n) => n))
    await log.flush()
    expect(kafka.written.get(place(0))).toEqual(Array.from({ length: 70 }, (_, n) => `${n}`))
  })

  it('is done soon, and what comes after it at once, also where a flush takes long', async () => {
    const { log, kafka, done, gather } = await busy()
    let goOn = (): void => {}
    kafka.outcomes = [
      new Promise((resolve) => {
        goOn = resolve
      }),
    ]
    gather(1)
    gather(2)
    const isWritten = () => kafka.outcomes.length === 0
    for (let ms = 0; ms < 2 * BEAT_MS && !isWritten(); ms++) await jest.advanceTimersByTimeAsync(1)
    gather(3)
    expect(done).toEqual([1, 2])
    await jest.advanceTimersByTimeAsync(3 * BEAT_MS)
    expect(done).toEqual([1, 2, 3])
    gather(4)
    expect(done).toEqual([1, 2, 3, 4])
    goOn()
    await log.flush()
    expect(kafka.written.get(place(0))).toEqual(['1', '2', '3', '4'])
  })

  it('is not done within an append that fills a flush', async () => {
    const { log, kafka, done, gather } = await busy()
    const { attempts } = kafka
    gather(1)
    for (let n = 0; n < 100; n++) log.append(READINGS, keyIn(1), 'v').catch(() => {})
    expect(kafka.attempts).toBe(attempts + 1)
    expect(done).toEqual([])
    await log.flush()
    expect(kafka.written.get(place(0))).toEqual(['1'])
  })

  it('is done, and refused like the rest, where the log is given up', async () => {
    const { log, done, gather } = await busy()
    gather(1)
    const refused = log.append(READINGS, keyIn(0), 'v')
    log.abandon(new Error('closed'))
    await expect(refused).rejects.toThrow('closed')
    expect(done).toEqual([1])
  })
})

describe('appends without end', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }))
  afterEach(() => void jest.useRealTimers())

  /** `writers` of them, each with its next as soon as its last is durable. */
  async function requestsInASecond(writers: number): Promise<number> {
    const { log, kafka } = appender({ maxFlushRecords: 100 })
    let isOpen = true
    const writing = Array.from({ length: writers }, async () => {
      while (isOpen) await log.append(READINGS, keyIn(0), 'v')
    })
    await jest.advanceTimersByTimeAsync(1_000)
    isOpen = false
    await jest.advanceTimersByTimeAsync(100)
    await Promise.all(writing)
    return kafka.attempts
  }

  it('go out in fewer requests where many come together, without waiting for the beat in vain', async () => {
    const requests = await requestsInASecond(10)
    expect(requests).toBeGreaterThan(25)
    expect(requests).toBeLessThan(50)
  })

  it.each([
    { each20Ms: 12, what: 'the beat', everyMs: BEAT_MS },
    { each20Ms: 2, what: 'every other beat, being few,', everyMs: 2 * BEAT_MS },
  ])('go out with $what where they come also without answers', async ({ each20Ms, everyMs }) => {
    const { log, kafka } = appender({ maxFlushRecords: 1_000, maxFlushBytes: 10_000 })
    const writtenMs: number[] = []
    kafka.onWrite = () => writtenMs.push(Date.now() % everyMs)
    jest.setSystemTime(1_000_000)
    const writing: Promise<unknown>[] = []
    for (let atMs = 0; atMs < 4_000; atMs += 20) {
      for (let n = 0; n < each20Ms; n++) writing.push(log.append(READINGS, keyIn(0), 'v'))
      await jest.advanceTimersByTimeAsync(20)
    }
    await jest.advanceTimersByTimeAsync(everyMs)
    await Promise.all(writing)
    expect(writtenMs.length).toBeGreaterThan(4_000 / everyMs)
    expect(writtenMs.length).toBeLessThan(4_000 / everyMs + 10)
    // After the first ones, and but for the last, which nothing followed.
    expect(writtenMs.slice(10, -1).filter((afterBeatMs) => afterBeatMs > 2)).toEqual([])
  })

  it('of one after the other wait for nobody', async () => {
    expect(await requestsInASecond(1)).toBeGreaterThan(300)
  })
})
