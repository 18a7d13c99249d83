import { partitionOf, type ReadingsRecord } from '@iot/contracts'
import { until } from '@iot/testkit'
import { expect, it } from '@jest/globals'
import {
  diarist,
  type EventLogUnderTest,
  expectCode,
  fill,
  keyIn,
  READINGS,
  reading,
  STATUS,
  status,
} from './fixtures.js'

const ALL = { maxRecords: 10_000, maxBytes: 100_000_000 }

export function appendCases(under: () => EventLogUnderTest): void {
  it('gives concurrent appends offsets from 0 without gaps, in the order of the calls', async () => {
    const { log, partitions } = under()
    const next = new Map<string, number>()
    const answered: number[] = []
    const calls = Array.from({ length: 600 }, async (_, n) => {
      const key = `device-${n % 17}`
      const topic = n % 3 === 0 ? STATUS : READINGS
      const partition = partitionOf(key, partitions)
      const offset = next.get(`${topic.name}/${partition}`) ?? 0
      next.set(`${topic.name}/${partition}`, offset + 1)
      const place = await log.append(topic, key, topic === STATUS ? status(key) : reading(key, n))
      answered.push(n)
      expect(place).toEqual({ partition, offset })
    })
    await Promise.all(calls)
    expect(answered).toEqual(Array.from({ length: 600 }, (_, n) => n))
  })

  it('has what was enqueued, and what gathered work has appended, once and in the order of the calls', async () => {
    const { log, partitions } = under()
    const key = keyIn(1, partitions)
    const count = 500
    const enqueue = (n: number): Promise<unknown> =>
      log.enqueue?.(READINGS, key, reading(key, n)) ?? log.append(READINGS, key, reading(key, n))
    const gather = (work: () => void): void => (log.gather ? log.gather(work) : work())
    const written: Promise<unknown>[] = []
    await new Promise<void>((resolve) => {
      for (let n = 0; n < count; n++) {
        gather(() => {
          written.push(n % 3 === 0 ? log.append(READINGS, key, reading(key, n)) : enqueue(n))
          if (written.length === count) resolve()
        })
      }
    })
    await Promise.all(written)
    const records = await log.read<ReadingsRecord>(READINGS, 1, 0, ALL)
    expect(records.map(({ value }) => value.readings[0]!.value)).toEqual(
      Array.from({ length: count }, (_, n) => n),
    )
  })

  it('never shows an offset whose predecessors are not there yet', async () => {
    const { log } = under()
    const expected = new Map<string, number>()
    const holes: string[] = []
    let seen = 0
    const { consumer } = diarist('g', {
      onBatch: async ({ topic, partition, records }) => {
        for (const { offset } of records) {
          const place = `${topic}/${partition}`
          if (offset !== (expected.get(place) ?? 0)) holes.push(`${place}/${offset}`)
          expected.set(place, offset + 1)
          seen += 1
        }
      },
    })
    const subscription = await log.subscribe(consumer)
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; n < 40; n++) {
        const key = `device-${(writer * 7 + n) % 13}`
        await log.append(n % 2 ? READINGS : STATUS, key, n % 2 ? reading(key, n) : status(key))
      }
    })
    await Promise.all(writers)
    await until('all records were seen', () => seen === 320)
    expect(holes).toEqual([])
    await subscription.stop()
  })

  it('gives back what was appended, and when', async () => {
    const { log, partitions } = under()
    const key = keyIn(1, partitions)
    const value: ReadingsRecord = {
      ...reading(key, -1.5e-7),
      location: 'Đà Nẵng, "hall" \\ 2\n\t\u0000\u2028 🌡',
      attributes: { 'a"b': 'c\\d', empty: '' },
    }
    const place = await log.append(READINGS, key, value)
    await log.append(READINGS, 'any key: "ä"\n\t\\', reading(key, 2))
    const [record] = await log.read(READINGS, 1, 0, ALL)
    expect(record).toMatchObject({ ...place, topic: READINGS.name, key, value })
    expect(Number.isSafeInteger(record!.timestampMs)).toBe(true)
    const odd = partitionOf('any key: "ä"\n\t\\', partitions)
    expect((await log.read(READINGS, odd, 0, ALL)).at(-1)!.key).toBe('any key: "ä"\n\t\\')
  })

  it('keeps the value of the moment of the call', async () => {
    const { log, partitions } = under()
    const key = keyIn(0, partitions)
    const value = reading(key, 1)
    const appended = log.append(READINGS, key, value)
    value.readings[0]!.value = 2
    await appended
    const [record] = await log.read<ReadingsRecord>(READINGS, 0, 0, ALL)
    expect(record!.value.readings[0]!.value).toBe(1)
  })

  it.each([
    ['another shape', { deviceId: 'd' }],
    ['a number that is none', reading('d', Number.NaN)],
    ['nothing', undefined],
  ])('refuses %s with LOG_SCHEMA, writes none of it, and goes on', async (_, value) => {
    const { log, partitions } = under()
    const key = keyIn(0, partitions)
    const before = log.append(READINGS, key, reading(key, 1))
    const refused = log.append(READINGS, key, value)
    const after = log.append(READINGS, key, reading(key, 3))
    await expectCode(refused, 'LOG_SCHEMA')
    expect([(await before).offset, (await after).offset]).toEqual([0, 1])
    expect(await log.read(READINGS, 0, 0, ALL)).toHaveLength(2)
  })

  it('reads from an old offset, within its bounds, at least one record, none at the end', async () => {
    const { log } = under()
    await fill(under(), 1, 30)
    const offsets = async (from: number, bounds: { maxRecords: number; maxBytes: number }) =>
      (await log.read(READINGS, 1, from, bounds)).map(({ offset }) => offset)
    expect(await offsets(0, ALL)).toHaveLength(30)
    expect(await offsets(7, { ...ALL, maxRecords: 3 })).toEqual([7, 8, 9])
    expect(await offsets(29, { ...ALL, maxBytes: 1 })).toEqual([29])
    const some = await offsets(0, { ...ALL, maxBytes: 1_000 })
    expect(some.length).toBeGreaterThan(0)
    expect(some.length).toBeLessThan(30)
    expect(await offsets(30, ALL)).toEqual([])
    expect(await offsets(1_000, ALL)).toEqual([])
    expect(await log.read(READINGS, 0, 0, ALL)).toEqual([])
    expect(await log.read(STATUS, 1, 0, ALL)).toEqual([])
  })

  it('knows the range of every partition of a topic', async () => {
    const { log, partitions } = under()
    await fill(under(), 1, 5)
    const ranges = await log.ranges(READINGS)
    expect(ranges).toEqual(
      Array.from({ length: partitions }, (_, partition) => ({
        partition,
        start: 0,
        end: partition === 1 ? 5 : 0,
      })),
    )
    expect((await log.ranges(STATUS)).every(({ start, end }) => start === 0 && end === 0)).toBe(true)
  })

  it('refuses everything with LOG_CLOSED when it is closed, after what was open is answered', async () => {
    const { log, close } = under()
    const open = fill(under(), 0, 10)
    await close()
    expect(await open).toHaveLength(10)
    await expectCode(log.append(READINGS, 'd', reading('d', 1)), 'LOG_CLOSED')
    await expectCode(log.subscribe(diarist('g').consumer), 'LOG_CLOSED')
    await expectCode(log.read(READINGS, 0, 0, ALL), 'LOG_CLOSED')
  })
}
