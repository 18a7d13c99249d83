import { until } from '@iot/testkit'
import { expect, it } from '@jest/globals'
import {
  diarist,
  type EventLogUnderTest,
  expectCode,
  fill,
  gate,
  keyIn,
  places,
  READINGS,
  STATUS,
  status,
} from './fixtures.js'

export function groupCases(under: () => EventLogUnderTest): void {
  it('gives each record to one member of a group, and to every group', async () => {
    const { log } = under()
    const [first, second, other] = [diarist('g'), diarist('g'), diarist('other')]
    for (const { consumer } of [first, second, other]) await log.subscribe(consumer)
    await until(
      'both members have a partition',
      () => first.diary.assigned.length && second.diary.assigned.length,
    )
    await fill(under(), 0, 20)
    await fill(under(), 1, 20)
    const all = [...places(READINGS, 0, 20), ...places(READINGS, 1, 20)]
    await until('the other group has all', () => other.diary.seen().length === 40)
    await until('the group has all', () => first.diary.seen().length + second.diary.seen().length === 40)
    expect([...first.diary.seen(), ...second.diary.seen()].sort()).toEqual([...all].sort())
    expect(other.diary.seen().sort()).toEqual([...all].sort())
    expect(first.diary.seen().length).toBeGreaterThan(0)
    expect(second.diary.seen().length).toBeGreaterThan(0)
  })

  it('gives partition n of all topics to the same member, one batch at a time', async () => {
    const { log, partitions } = under()
    const running = new Set<string>()
    const owners = new Map<number, Set<string>>()
    const overlaps: string[] = []
    let seen = 0
    const member = (name: string) =>
      diarist('g', {
        maxRecords: 3,
        onBatch: async ({ partition, records, topic }, control) => {
          if (running.has(`${partition}`)) overlaps.push(`${topic}/${partition}`)
          running.add(`${partition}`)
          await new Promise((resolve) => setImmediate(resolve))
          running.delete(`${partition}`)
          if (control.isStale()) return
          owners.set(partition, (owners.get(partition) ?? new Set()).add(name))
          seen += records.length
        },
      })
    const [a, b] = [member('a'), member('b')]
    await log.subscribe(a.consumer)
    await log.subscribe(b.consumer)
    await until(
      'both have their partitions',
      () => a.diary.assigned.length && b.diary.assigned.length && a.diary.revoked.length,
    )
    for (const partition of [0, 1]) {
      const key = keyIn(partition, partitions)
      const calls = Array.from({ length: 20 }, () => log.append(STATUS, key, status(key)))
      await Promise.all([...calls, fill(under(), partition, 20)])
    }
    await until('all was seen', () => seen === 80)
    expect(overlaps).toEqual([])
    expect([...owners.values()].map((names) => names.size)).toEqual([1, 1])
  })

  it('moves partitions to a member that joins in the middle of a batch', async () => {
    const { log } = under()
    const batch = gate()
    const order: string[] = []
    let staleCommit: Promise<unknown> | undefined
    const first = diarist('g', {
      onBatch: async ({ partition, records }, control) => {
        if (partition !== 1) return control.commit(records.at(-1)!.offset + 1)
        order.push('batch begins')
        control.signal.addEventListener('abort', () => order.push('told to stop'))
        await batch.opened
        order.push(`batch ends, stale: ${control.isStale()}`)
        staleCommit = control.commit(records.at(-1)!.offset + 1).catch((error) => error)
        await staleCommit
        return undefined
      },
      onRevoked: async (partition) => {
        order.push(`revoked ${partition}`)
      },
    })
    await log.subscribe(first.consumer)
    await fill(under(), 1, 10)
    await until('the batch runs', () => order.length === 1)
    const second = diarist('g', {
      onAssigned: async ({ partition, committed, ends }) => {
        order.push(`assigned ${partition} at ${committed.get(READINGS.name)} of ${ends.get(READINGS.name)}`)
        return undefined
      },
    })
    await log.subscribe(second.consumer)
    await until('the first member is told', () => order.length === 2)
    batch.open()
    await until('the second member has the records', () => second.diary.seen().length === 10)
    expect(order).toEqual([
      'batch begins',
      'told to stop',
      'batch ends, stale: true',
      'revoked 1',
      'assigned 1 at 0 of 10',
    ])
    expect(await staleCommit).toMatchObject({ code: 'LOG_STALE' })
    expect(second.diary.seen()).toEqual(places(READINGS, 1, 10))
  })

  it('does not let a slow group delay another, nor a slow partition its neighbour', async () => {
    const { log } = under()
    const never = gate()
    const slow = diarist('slow', {
      maxRecords: 2,
      onBatch: async (batch, control) => {
        slow.diary.batches.push(batch)
        if (batch.partition === 0) await never.opened
        await control.commit(batch.records.at(-1)!.offset + 1)
      },
    })
    const quick = diarist('quick')
    await log.subscribe(slow.consumer)
    await log.subscribe(quick.consumer)
    await fill(under(), 0, 50)
    await fill(under(), 1, 50)
    await until('the quick group has all', () => quick.diary.seen().length === 100)
    await until(
      'the other partition has all',
      () => slow.diary.seen().filter((place) => place.includes('/1/')).length === 50,
    )
    expect(slow.diary.batches.filter(({ partition }) => partition === 0)).toHaveLength(1)
    never.open()
    await until('the slow group has all', () => slow.diary.seen().length === 100)
  })

  it('hands out batches of at most maxRecords, in order', async () => {
    const { log } = under()
    await fill(under(), 0, 25)
    const { consumer, diary } = diarist('g', { maxRecords: 10 })
    await log.subscribe(consumer)
    await until('all was seen', () => diary.seen().length === 25)
    expect(diary.seen()).toEqual(places(READINGS, 0, 25))
    expect(Math.max(...diary.batches.map(({ records }) => records.length))).toBeLessThanOrEqual(10)
  })

  it('serves a topic with little beside one with much', async () => {
    const { log, partitions } = under()
    const key = keyIn(0, partitions)
    await fill(under(), 0, 60)
    await log.append(STATUS, key, status(key))
    await fill(under(), 0, 60)
    const { consumer, diary } = diarist('g', { maxRecords: 5 })
    await log.subscribe(consumer)
    await until('all was seen', () => diary.seen().length === 121)
    expect(diary.seen().indexOf(`${STATUS.name}/0/0`)).toBeLessThan(115)
  })

  it('begins where onAssigned says, clamped to what there is', async () => {
    const { log } = under()
    await fill(under(), 0, 10)
    await fill(under(), 1, 10)
    const { consumer, diary } = diarist('g', {
      onAssigned: async ({ partition }) => new Map([[READINGS.name, partition === 0 ? 4 : 1_000]]),
    })
    await log.subscribe(consumer)
    await until('the tail was seen', () => diary.seen().length === 6)
    await fill(under(), 1, 1)
    await until('and what is new', () => diary.seen().length === 7)
    expect(diary.seen()).toEqual([...places(READINGS, 0, 6, 4), ...places(READINGS, 1, 1, 10)])
  })

  it('lets a member commit later than the batch, never back, and counts the lag', async () => {
    const { log } = under()
    let commit: ((next: number) => Promise<void>) | undefined
    let seen = 0
    const { consumer } = diarist('g', {
      onBatch: async ({ records }, control) => {
        seen += records.length
        commit = control.commit
      },
    })
    const subscription = await log.subscribe(consumer)
    await fill(under(), 0, 10)
    await until('all was seen', () => seen === 10)
    expect(subscription.lag()).toBe(10)
    await commit!(8)
    await commit!(3)
    expect(subscription.lag()).toBe(2)
    expect((await log.committed('g', READINGS)).get(0)).toBe(8)
    expect((await log.committed('g', READINGS)).get(1)).toBe(0)
    expect((await log.committed('nobody', READINGS)).get(0)).toBe(0)
    await expect(commit!(11)).rejects.toThrow(RangeError)
    await subscription.stop()
    await expectCode(commit!(10), 'LOG_STALE')
    expect((await log.committed('g', READINGS)).get(0)).toBe(8)
  })

  it('lets a member leave after its batch has ended and committed', async () => {
    const { log } = under()
    const batch = gate()
    const order: string[] = []
    const first = diarist('g', {
      onBatch: async ({ records }, control) => {
        control.signal.addEventListener('abort', () => order.push('told to stop'))
        order.push('batch begins')
        await batch.opened
        await control.commit(records.at(-1)!.offset + 1)
        order.push('committed')
      },
    })
    const subscription = await log.subscribe(first.consumer)
    await fill(under(), 0, 5)
    await until('the batch runs', () => order.length === 1)
    const stopped = Promise.all([subscription.stop(), subscription.stop()]).then(() => order.push('stopped'))
    batch.open()
    await stopped
    expect(order).toEqual(['batch begins', 'told to stop', 'committed', 'stopped'])
    expect(first.diary.revoked.sort()).toEqual(first.diary.assigned.sort())
    const second = diarist('g')
    await log.subscribe(second.consumer)
    await fill(under(), 0, 1)
    await until('the next member goes on', () => second.diary.seen().length > 0)
    expect(second.diary.seen()).toEqual(places(READINGS, 0, 1, 5))
  })

  it('refuses a member that reads other topics than its group', async () => {
    const { log } = under()
    await log.subscribe(diarist('g').consumer)
    await expect(log.subscribe(diarist('g', { topics: [READINGS] }).consumer)).rejects.toThrow(
      /members of group g/,
    )
    await expect(log.subscribe(diarist('h', { topics: [] }).consumer)).rejects.toThrow(RangeError)
  })
}
