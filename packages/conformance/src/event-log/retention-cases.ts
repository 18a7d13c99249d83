import { until } from '@iot/testkit'
import { expect, it } from '@jest/globals'
import { diarist, type EventLogUnderTest, fill, places, READINGS, STATUS } from './fixtures.js'

export function retentionForGroupsCases(under: () => EventLogUnderTest): void {
  it('drops what is old, but nothing that a group has not committed', async () => {
    const { log, passHours } = under()
    const one = diarist('one')
    const slow = diarist('slow', {
      onBatch: async (batch, control) => {
        slow.diary.batches.push(batch)
        await control.commit(Math.min(4, batch.records.at(-1)!.offset + 1))
      },
    })
    const slowly = await log.subscribe(slow.consumer)
    await log.subscribe(one.consumer)
    await fill(under(), 0, 10)
    await fill(under(), 1, 10, READINGS)
    await until('both are through', () => one.diary.seen().length === 20 && slow.diary.seen().length === 20)
    await slowly.stop()
    await passHours(READINGS.retentionHours + 1)
    const [kept] = await log.ranges(READINGS)
    expect(kept!.end).toBe(10)
    // How finely it drops is the adapter's; what a group needs is not.
    expect(kept!.start).toBeLessThanOrEqual(4)
    expect((await log.read(READINGS, 0, 4, { maxRecords: 1, maxBytes: 1 }))[0]!.offset).toBe(4)

    await fill(under(), 1, 3, READINGS)
    const again = diarist('slow')
    await log.subscribe(again.consumer)
    await until('the slow group is through', () => again.diary.seen().length >= 15)
    expect(again.diary.seen().filter((place) => place.includes('/0/'))).toEqual(places(READINGS, 0, 6, 4))
    await until('all groups have committed', async () => {
      const groups = await Promise.all(['one', 'slow'].map((group) => log.committed(group, READINGS)))
      return groups.every((committed) => committed.get(0) === 10 && committed.get(1) === 13)
    })
    await passHours(READINGS.retentionHours / 2)
    const [first, second] = await log.ranges(READINGS)
    expect(first).toEqual({ partition: 0, start: 10, end: 10 })
    expect(second).toEqual({ partition: 1, start: 10, end: 13 })

    const late = diarist('late')
    await log.subscribe(late.consumer)
    await until('a new group begins at the oldest kept', () => late.diary.seen().length === 3)
    expect(late.diary.seen()).toEqual(places(READINGS, 1, 3, 10))
    const [oldest] = await log.read(READINGS, 1, 0, { maxRecords: 1, maxBytes: 1 })
    expect(oldest!.offset).toBe(10)
    expect((await log.append(READINGS, 'd', { ...(oldest!.value as object) })).offset).toBeGreaterThanOrEqual(
      10,
    )
    expect((await log.ranges(STATUS)).every(({ end }) => end === 0)).toBe(true)
  })
}

export function retentionByTimeCases(under: () => EventLogUnderTest): void {
  it('drops what is old; a group that had not read it goes on at the oldest kept', async () => {
    const { log, passHours } = under()
    const slow = diarist('slow', {
      onBatch: async (batch, control) => {
        slow.diary.batches.push(batch)
        await control.commit(4)
      },
    })
    const slowly = await log.subscribe(slow.consumer)
    await fill(under(), 0, 10)
    await until('it was seen', () => slow.diary.seen().length === 10)
    await slowly.stop()
    await passHours(READINGS.retentionHours + 1)
    const [dropped] = await log.ranges(READINGS)
    expect(dropped).toEqual({ partition: 0, start: 10, end: 10 })
    expect(await log.read(READINGS, 0, 0, { maxRecords: 1, maxBytes: 1 })).toEqual([])

    const added = await fill(under(), 0, 3)
    expect(added.map(({ offset }) => offset)).toEqual([10, 11, 12])
    const [oldest] = await log.read(READINGS, 0, 0, { maxRecords: 1, maxBytes: 1 })
    expect(oldest!.offset).toBe(10)
    const [again, late] = [diarist('slow'), diarist('late')]
    await log.subscribe(again.consumer)
    await log.subscribe(late.consumer)
    await until('both have the rest', () => [again, late].every(({ diary }) => diary.seen().length === 3))
    for (const { diary } of [again, late]) expect(diary.seen()).toEqual(places(READINGS, 0, 3, 10))
  })
}
