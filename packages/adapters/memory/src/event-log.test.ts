import { describeEventLog } from '@iot/conformance'
import { TOPICS } from '@iot/contracts'
import { FakeClock, until } from '@iot/testkit'
import { describe, expect, it } from '@jest/globals'
import { createMemoryEventLog } from './event-log.js'

const context = { signal: new AbortController().signal, fail: () => {} }

describeEventLog(
  'memory',
  async () => {
    const clock = new FakeClock()
    const log = createMemoryEventLog({ partitions: 2, clock, revokeLimitMs: 1_000 })
    await log.start(context)
    return {
      log,
      partitions: 2,
      close: () => log.stop(),
      loseNextCommitAnswer: () => log.faults.loseNextCommitAnswer(),
      passHours: async (hours) => {
        clock.advance(hours * 3_600_000)
        log.retain()
      },
    }
  },
  { durable: false },
)

describe('the memory log', () => {
  const topic = TOPICS.sensorsData
  const record = { deviceId: 'd', receivedAt: '2026-01-01T00:00:00.000Z', readings: [] }

  it('lets appends wait at its bound until a group has committed what is there', async () => {
    const bytes = JSON.stringify(record).length
    const log = createMemoryEventLog({ partitions: 2, maxLogBytes: 3 * bytes })
    await log.start(context)
    const commits: (() => Promise<void>)[] = []
    await log.subscribe({
      group: 'g',
      topics: [topic],
      maxRecords: 10,
      onBatch: async ({ records }, control) => {
        commits.push(() => control.commit(records.at(-1)!.offset + 1))
      },
    })
    let answered = 0
    const appends = Array.from({ length: 5 }, async () => {
      await log.append(topic, 'd', record)
      answered += 1
    })
    await until('three have room and were seen', () => answered === 3 && commits.length > 0)
    for (const commit of commits.splice(0)) await commit()
    await Promise.all(appends)
    expect(answered).toBe(5)
    await log.stop()
  })

  it('can be told to fail an append, and does not write it', async () => {
    const log = createMemoryEventLog({ partitions: 2 })
    await log.start(context)
    log.faults.failNextAppend()
    await expect(log.append(topic, 'd', record)).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
    expect((await log.append(topic, 'd', record)).offset).toBe(0)
    await log.stop()
  })

  it('freezes what it hands out, so that no group can spoil a record for another', async () => {
    const log = createMemoryEventLog({ partitions: 2 })
    await log.start(context)
    const { partition } = await log.append(topic, 'd', record)
    const [read] = await log.read<typeof record>(topic, partition, 0, { maxRecords: 1, maxBytes: 1 })
    expect(() => {
      read!.value.deviceId = 'other'
    }).toThrow(TypeError)
    await log.stop()
  })
})
