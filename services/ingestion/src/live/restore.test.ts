import { createInProcessBus, createMemoryEventLog } from '@iot/adapter-memory'
import { PARTITIONS, partitionOf, TOPICS } from '@iot/contracts'
import { type Assignment, type EventLog, systemClock } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { RuleSet } from './alerts/rule-set.js'
import { LogShrunk, type RestoreDeps, restorePartition } from './restore.js'

const DEVICE = 'd1'
const PARTITION = partitionOf(DEVICE, PARTITIONS)
const READINGS = TOPICS.sensorsData.name

describe('a partition that is restored', () => {
  let log: ReturnType<typeof createMemoryEventLog>
  const logger = silentLogger()
  let bus: ReturnType<typeof createInProcessBus>
  let abort: AbortController

  beforeEach(async () => {
    abort = new AbortController()
    log = createMemoryEventLog()
    bus = createInProcessBus({ clock: systemClock, logger, windowBytes: 1_048_576 })
    await log.start({ signal: abort.signal, fail: () => {} })
    for (let n = 0; n < 3; n++) {
      await log.append(TOPICS.sensorsData, DEVICE, {
        deviceId: DEVICE,
        receivedAt: '2026-03-01T12:00:00.000Z',
        readings: [{ sensorType: 't', value: n, timestamp: `2026-03-01T12:00:0${n}.000Z` }],
      })
    }
  })
  afterEach(() => log.stop())

  async function assignment(committed: number): Promise<Assignment> {
    const end = (await log.ranges(TOPICS.sensorsData)).find((one) => one.partition === PARTITION)!.end
    return {
      partition: PARTITION,
      committed: new Map([[READINGS, committed]]),
      ends: new Map([[READINGS, end]]),
    }
  }

  const deps = (more: Partial<RestoreDeps> = {}): RestoreDeps => ({
    log,
    bus,
    snapshots: { load: async () => undefined, save: async () => true },
    rules: () => RuleSet.none,
    clock: systemClock,
    logger,
    spanMs: 60_000,
    signal: abort.signal,
    endPauseMs: 1,
    ...more,
  })

  it('has the newest of what was committed, and tells the bus', async () => {
    const given = await assignment(2)
    await restorePartition(deps(), given)
    expect((await bus.get([DEVICE]))[0]!.readings.map(({ value }) => value)).toEqual([1])
  })

  it('says nothing any more once it was taken away', async () => {
    const given = await assignment(3)
    const slow: EventLog = {
      ...log,
      epoch: log.epoch,
      read: async (...asked) => {
        abort.abort()
        return log.read(...(asked as Parameters<EventLog['read']>)) as never
      },
    }
    await expect(restorePartition(deps({ log: slow }), given)).rejects.toThrow(/abort/i)
    expect(await bus.get([DEVICE])).toEqual([])
  })

  it.each([
    ['committed', 9, -1],
    ['shown', 0, 8],
  ])('of a log that ends before what was %s is refused for good', async (_, committed, shown) => {
    const given = await assignment(committed)
    const isShown = { kind: 'readings', partition: PARTITION, before: shown, last: shown } as const
    if (shown >= 0) await bus.refill([{ epoch: log.epoch, ...isShown, entries: [] }])
    const refused = await restorePartition(deps(), given).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(LogShrunk)
    expect(refused).toMatchObject({
      retriable: false,
      message: expect.stringMatching(/and 9 records of it were read before.*troubleshooting/),
    })
  })

  it('waits a moment for a log that does not know its own end yet', async () => {
    const { end } = (await log.ranges(TOPICS.sensorsData)).find((one) => one.partition === PARTITION)!
    const behind = { ...(await assignment(end)), ends: new Map([[READINGS, 0]]) }
    const { state } = await restorePartition(deps(), behind)
    expect(state.readings.next).toBe(end)
  })
})
