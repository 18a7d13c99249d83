import { until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { appendCases } from './event-log/append-cases.js'
import { failureCases } from './event-log/failure-cases.js'
import { diarist, type EventLogUnderTest, fill, places, READINGS, STATUS } from './event-log/fixtures.js'
import { groupCases } from './event-log/group-cases.js'
import { retentionByTimeCases, retentionForGroupsCases } from './event-log/retention-cases.js'

/** `create` makes and starts an empty log with at least 2 partitions. */
export function describeEventLog(
  name: string,
  create: () => Promise<EventLogUnderTest>,
  options: {
    durable: boolean
    /** retention goes by time alone, whatever a group still needs: Kafka's way */
    dropsUncommitted?: boolean
  },
): void {
  describe(`event log: ${name}`, () => {
    let current: EventLogUnderTest
    const under = (): EventLogUnderTest => current
    beforeEach(async () => {
      current = await create()
      expect(current.partitions).toBeGreaterThanOrEqual(2)
    })
    afterEach(() => current.close())

    it('has an identity', () => {
      expect(current.log.epoch).toMatch(/^[0-9a-f-]{36}$/)
    })

    describe('appending and reading', () => appendCases(under))
    describe('consumer groups', () => groupCases(under))
    describe('bad days', () => failureCases(under))
    describe('retention', () =>
      options.dropsUncommitted ? retentionByTimeCases(under) : retentionForGroupsCases(under))
    if (options.durable) describe('after a restart', () => restartCases(under))
  })
}

function restartCases(under: () => EventLogUnderTest): void {
  it('has every record, every committed offset and its identity still, and goes on behind them', async () => {
    const { log } = under()
    const { epoch } = log
    const before = diarist('g')
    await log.subscribe(before.consumer)
    await fill(under(), 0, 10)
    await until('all is committed', async () => (await log.committed('g', READINGS)).get(0) === 10)
    const reopened = await under().reopen!()
    expect(reopened.epoch).toBe(epoch)
    expect(await reopened.read(READINGS, 0, 0, { maxRecords: 100, maxBytes: 1_000_000 })).toHaveLength(10)
    expect((await reopened.committed('g', READINGS)).get(0)).toBe(10)
    const place = await reopened.append(READINGS, 'device-x', {
      deviceId: 'device-x',
      receivedAt: '2026-03-01T12:00:00.000Z',
      readings: [],
    })
    const after = diarist('g')
    await reopened.subscribe(after.consumer)
    await until('what is new came', () => after.diary.seen().length > 0)
    expect(after.diary.seen()).toEqual(places(READINGS, place.partition, 1, place.offset))
    expect((await reopened.ranges(STATUS)).every(({ end }) => end === 0)).toBe(true)
  })
}
