import { RangeTooLarge, type ReadingQuery, type ReadingStore, type StoredReading } from '@iot/ports'
import { beforeEach, describe, expect, it } from '@jest/globals'

export interface ReadingStoreUnderTest {
  readonly store: ReadingStore
  /** The count of refused values of a sensor. */
  refusedOf(deviceId: string, sensorType: string): Promise<number>
  /** Removes a device by way of whoever keeps devices. */
  removeDevice(deviceId: string): Promise<void>
}

const MINUTE = 60_000
const DAY = 86_400_000
/** A Wednesday. */
const NOON = Date.parse('2026-03-11T12:00:00.000Z')

export function reading(change: Partial<StoredReading> = {}): StoredReading {
  return {
    deviceId: 'pump-1',
    sensorType: 'temperature',
    unit: '°C',
    timestampMs: NOON,
    receivedAtMs: NOON + 250,
    value: 21.5,
    adjusted: false,
    ...change,
  }
}

/** `create` makes an empty store. */
export function describeReadingStore(name: string, create: () => Promise<ReadingStoreUnderTest>): void {
  describe(`reading store: ${name}`, () => {
    let under: ReadingStoreUnderTest
    let store: ReadingStore
    beforeEach(async () => {
      under = await create()
      store = under.store
    })
    const all = (change: Partial<ReadingQuery> = {}) =>
      store.read({ deviceId: 'pump-1', fromMs: 0, toMs: NOON + 400 * DAY, limit: 10_000, ...change })
    const valuesOf = async (change: Partial<ReadingQuery> = {}) =>
      (await all(change)).map(({ value }) => value)

    describe('writing', () => {
      writing(() => under, all)
    })
    describe('reading', () => {
      reads(() => store, all, valuesOf)
    })
    describe('buckets', () => {
      buckets(() => store)
    })
    describe('latest', () => {
      latest(() => store)
    })
    describe('retention', () => {
      retention(() => store, valuesOf)
    })
  })
}

type All = (change?: Partial<ReadingQuery>) => Promise<StoredReading[]>

function writing(under: () => ReadingStoreUnderTest, all: All): void {
  it('gives back what was written, to the millisecond and the last digit', async () => {
    const rows = [
      reading({ value: 0.1 + 0.2 }),
      reading({ timestampMs: NOON + 1, value: -1.7976931348623157e308, adjusted: true }),
      reading({ timestampMs: NOON + 2, value: 5e-324 }),
    ]
    expect(await under().store.write(rows)).toEqual({ inserted: 3, repeated: 0, refused: 0 })
    expect(await all()).toEqual(rows)
  })

  it('takes an empty batch', async () => {
    expect(await under().store.write([])).toEqual({ inserted: 0, repeated: 0, refused: 0 })
  })

  it('takes devices, sensors and times it has never seen, the past too', async () => {
    const rows = [-380 * DAY, -40 * DAY, 0, 8 * DAY].flatMap((age) =>
      ['a', 'b'].map((sensorType) => reading({ sensorType, timestampMs: NOON + age, value: age })),
    )
    await under().store.write(rows)
    expect(await all()).toEqual(rows)
  })

  it('stores a reading once, however often it comes', async () => {
    const rows = [reading(), reading({ timestampMs: NOON + 1 })]
    await under().store.write(rows)
    expect(await under().store.write([...rows, reading({ timestampMs: NOON + 2 })])).toEqual({
      inserted: 1,
      repeated: 2,
      refused: 0,
    })
    expect(await all()).toHaveLength(3)
  })

  it('lets the first value under a key win, against what is stored and within a batch', async () => {
    await under().store.write([reading({ value: 1 })])
    const outcome = await under().store.write([
      reading({ value: 2 }),
      reading({ timestampMs: NOON + 1, value: 10 }),
      reading({ timestampMs: NOON + 1, value: 11 }),
      reading({ timestampMs: NOON + 1, value: 10 }),
    ])
    expect(outcome).toEqual({ inserted: 1, repeated: 1, refused: 2 })
    expect((await all()).map(({ value }) => value)).toEqual([1, 10])
  })

  it('counts a refused value of a sensor once, however often it comes', async () => {
    const { store, refusedOf } = under()
    await store.write([reading({ value: 1 }), reading({ sensorType: 'humidity', value: 1 })])
    for (let round = 0; round < 3; round += 1) {
      const outcome = await store.write([reading({ value: 2 }), reading({ value: 3 }), reading({ value: 2 })])
      expect(outcome).toEqual({ inserted: 0, repeated: 0, refused: 3 })
    }
    expect(await refusedOf('pump-1', 'temperature')).toBe(2)
    expect(await refusedOf('pump-1', 'humidity')).toBe(0)
  })

  it('keeps devices and sensors apart', async () => {
    const rows = ['pump-1', 'pump-2'].flatMap((deviceId) =>
      ['a', 'b'].map((sensorType) => reading({ deviceId, sensorType })),
    )
    expect((await under().store.write(rows)).inserted).toBe(4)
    expect(await all()).toHaveLength(2)
    expect(await all({ sensorType: 'b' })).toHaveLength(1)
    expect(await all({ deviceId: 'pump-2' })).toHaveLength(2)
    expect(await all({ deviceId: 'pump-3' })).toEqual([])
  })

  it('shows the unit that a sensor told last; one that tells none changes nothing', async () => {
    await under().store.write([reading({ unit: 'C' })])
    await under().store.write([reading({ unit: '°C', timestampMs: NOON + 1 })])
    const { unit: _, ...unitless } = reading({ timestampMs: NOON + 2 })
    await under().store.write([unitless])
    expect((await all()).map(({ unit }) => unit)).toEqual(['°C', '°C', '°C'])
    await under().store.write([{ ...unitless, sensorType: 'ratio' }])
    expect((await all({ sensorType: 'ratio' }))[0]).not.toHaveProperty('unit')
  })

  it('writes batches side by side that share devices, sensors and rows', async () => {
    const batch = Array.from({ length: 200 }, (_, index) =>
      reading({ deviceId: `d${index % 7}`, sensorType: `s${index % 3}`, timestampMs: NOON + index }),
    )
    const outcomes = await Promise.all([0, 1, 2, 3].map(() => under().store.write(batch)))
    expect(outcomes.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(200)
    expect(outcomes.reduce((sum, { repeated }) => sum + repeated, 0)).toBe(600)
  })

  it('takes any name a device can think of', async () => {
    const names = [
      '__proto__',
      'constructor',
      "'; DROP TABLE readings; --",
      '温度',
      '🌡',
      ' ',
      '"{}",\\',
      '\n',
    ]
    const rows = names.map((sensorType) => reading({ sensorType }))
    expect((await under().store.write(rows)).inserted).toBe(names.length)
    expect(new Set((await all()).map(({ sensorType }) => sensorType))).toEqual(new Set(names))
  })

  it('begins anew with a device that was removed and comes back', async () => {
    const { store, removeDevice } = under()
    await store.write([reading({ value: 1 }), reading({ deviceId: 'other' })])
    await removeDevice('pump-1')
    expect(await all()).toEqual([])
    expect(await store.write([reading({ value: 2 }), reading({ deviceId: 'other' })])).toEqual({
      inserted: 1,
      repeated: 1,
      refused: 0,
    })
    expect((await all()).map(({ value }) => value)).toEqual([2])
  })
}

function reads(
  store: () => ReadingStore,
  all: All,
  valuesOf: (change?: Partial<ReadingQuery>) => Promise<number[]>,
): void {
  const minutes = (count: number) =>
    Array.from({ length: count }, (_, index) => reading({ timestampMs: NOON + index * MINUTE, value: index }))

  it('answers oldest first, from the beginning up to before the end', async () => {
    await store().write(minutes(10).reverse())
    expect(await valuesOf({ fromMs: NOON + 2 * MINUTE, toMs: NOON + 5 * MINUTE })).toEqual([2, 3, 4])
    expect(await valuesOf({ fromMs: NOON + 5 * MINUTE, toMs: NOON + 5 * MINUTE })).toEqual([])
  })

  it('answers the oldest up to the limit, or the newest, still oldest first', async () => {
    await store().write(minutes(10))
    expect(await valuesOf({ limit: 3 })).toEqual([0, 1, 2])
    expect(await valuesOf({ limit: 3, pick: 'newest' })).toEqual([7, 8, 9])
  })

  it('pages through all readings of several sensors, each once, by time and sensor', async () => {
    const sensors = ['b', 'a', 'Z', 'é', '🌡', '￼']
    const rows = sensors.flatMap((sensorType) =>
      Array.from({ length: 9 }, (_, index) => reading({ sensorType, timestampMs: NOON + index * 3 * DAY })),
    )
    await store().write(rows)
    const seen: StoredReading[] = []
    for (;;) {
      const after = seen.at(-1)
      const page = await all({ limit: 4, ...(after && { after }) })
      expect(page.length).toBeLessThanOrEqual(4)
      if (page.length === 0) break
      seen.push(...page)
    }
    expect(seen).toHaveLength(rows.length)
    expect(seen).toEqual(await all())
    expect(seen.slice(0, 6).map(({ sensorType }) => sensorType)).toEqual(['Z', 'a', 'b', 'é', '￼', '🌡'])
  })
}

function buckets(store: () => ReadingStore): void {
  const ask = (change: Partial<Parameters<ReadingStore['buckets']>[0]> = {}) =>
    store().buckets({
      deviceId: 'pump-1',
      fromMs: NOON,
      toMs: NOON + DAY,
      bucketMs: 5 * MINUTE,
      limit: 1_000,
      ...change,
    })

  it('reduces to count, minimum, maximum, average and last, and leaves empty ones out', async () => {
    await store().write([
      reading({ timestampMs: NOON + MINUTE, value: 4 }),
      reading({ timestampMs: NOON + 3 * MINUTE, value: -2 }),
      reading({ timestampMs: NOON + 2 * MINUTE, value: 7 }),
      reading({ timestampMs: NOON + 20 * MINUTE, value: 1 }),
    ])
    const common = { sensorType: 'temperature' }
    expect(await ask()).toEqual([
      { ...common, timestamp: '2026-03-11T12:00:00.000Z', count: 3, min: -2, max: 7, avg: 3, last: -2 },
      { ...common, timestamp: '2026-03-11T12:20:00.000Z', count: 1, min: 1, max: 1, avg: 1, last: 1 },
    ])
  })

  it('starts buckets at multiples of their width in UTC, whatever the range and the year', async () => {
    await store().write([
      reading({ timestampMs: NOON + 100 }),
      reading({ timestampMs: Date.parse('1969-12-31T23:59:59.999Z') }),
    ])
    const found = await ask({ fromMs: -DAY, bucketMs: 7 * DAY })
    expect(found.map(({ timestamp }) => timestamp)).toEqual([
      '1969-12-25T00:00:00.000Z',
      '2026-03-05T00:00:00.000Z',
    ])
    expect((await ask({ fromMs: NOON + 50, bucketMs: 1_000 }))[0]?.timestamp).toBe('2026-03-11T12:00:00.000Z')
  })

  it('keeps every reading counted and the extremes, at any width', async () => {
    const rows = ['a', 'b'].flatMap((sensorType, which) =>
      Array.from({ length: 500 }, (_, index) =>
        reading({ sensorType, timestampMs: NOON + index * 7_321, value: Math.sin(index + which) * 100 }),
      ),
    )
    await store().write(rows)
    const values = rows.map(({ value }) => value)
    for (const bucketMs of [1_000, 9_999, MINUTE, 3_600_000, DAY]) {
      const found = await ask({ bucketMs, limit: 2_000 })
      expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(1_000)
      expect(Math.min(...found.map(({ min }) => min))).toBe(Math.min(...values))
      expect(Math.max(...found.map(({ max }) => max))).toBe(Math.max(...values))
      const keys = found.map(({ timestamp, sensorType }) => `${timestamp} ${sensorType}`)
      expect(keys).toEqual([...keys].sort())
    }
    expect(await ask({ sensorType: 'a', bucketMs: DAY * 2 })).toHaveLength(1)
  })

  it('averages values that overflow when added', async () => {
    const huge = Number.MAX_VALUE
    await store().write([0, 1, 2].map((index) => reading({ timestampMs: NOON + index, value: huge })))
    expect((await ask())[0]).toMatchObject({ count: 3, min: huge, max: huge, avg: huge })
  })

  it('refuses more buckets than the limit, over all sensors', async () => {
    const rows = ['a', 'b'].flatMap((sensorType) =>
      [0, 1, 2].map((index) => reading({ sensorType, timestampMs: NOON + index * 5 * MINUTE })),
    )
    await store().write(rows)
    expect(await ask({ limit: 6 })).toHaveLength(6)
    await expect(ask({ limit: 5 })).rejects.toThrow(RangeTooLarge)
  })
}

function latest(store: () => ReadingStore): void {
  it('is the newest reading by device time per sensor, in order of sensor', async () => {
    await store().write([
      reading({ sensorType: 'b', timestampMs: NOON + 30 * DAY, value: 2 }),
      reading({ sensorType: 'a', timestampMs: NOON, value: 1 }),
    ])
    await store().write([reading({ sensorType: 'b', timestampMs: NOON + DAY, value: 3 })])
    const rows = await store().latest('pump-1')
    expect(rows.map(({ sensorType, value }) => [sensorType, value])).toEqual([
      ['a', 1],
      ['b', 2],
    ])
    expect(await store().latest('nobody')).toEqual([])
  })
}

function retention(
  store: () => ReadingStore,
  valuesOf: (change?: Partial<ReadingQuery>) => Promise<number[]>,
): void {
  it('drops what is long before, keeps what is not before, and takes old readings again', async () => {
    const days = [-300, -60, -1, 0, 3]
    await store().write(days.map((day) => reading({ timestampMs: NOON + day * DAY, value: day })))
    expect(await store().dropBefore(NOON - 30 * DAY)).toBeGreaterThanOrEqual(2)
    expect(await valuesOf()).toEqual([-1, 0, 3])
    expect(await store().dropBefore(NOON - 30 * DAY)).toBe(0)
    await store().write([reading({ timestampMs: NOON - 60 * DAY, value: -60 })])
    expect(await valuesOf()).toEqual([-60, -1, 0, 3])
  })
}
