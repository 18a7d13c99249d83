import { describeReadingStore, describeSnapshotStore, reading } from '@iot/conformance'
import { type StoredReading, StoreUnavailable } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Database } from '../database.js'
import { createPostgresReadingStore } from '../reading-store/reading-store.js'
import { createPostgresSnapshotStore } from '../snapshot-store.js'
import type { TestDatabase } from './test-database.js'

const NOON = Date.parse('2026-03-11T12:00:00.000Z')
const DAY = 86_400_000

/** What the history and the snapshots promise on any PostgreSQL server, whichever form its readings have. */
export function describeReadingsOn(name: string, startServer: () => Promise<TestDatabase>): void {
  let server: TestDatabase
  let database: Database
  const sent: string[] = []
  const log = silentLogger()

  beforeAll(async () => {
    server = await startServer()
    database = server.openDatabase({ onStatement: (text) => sent.push(text) })
  }, 120_000)
  afterAll(() => server?.close())

  async function empty(): Promise<void> {
    await database.query('DELETE FROM devices')
    await database.query('TRUNCATE readings, refused_values, removed_sensors, snapshots')
  }

  async function refusedOf(deviceId: string, sensorType: string): Promise<number> {
    const { rows } = await database.query<{ refused: number }>(
      'SELECT refused FROM sensors s JOIN devices d ON d.id = s.device WHERE d.device_id = $1 AND s.sensor_type = $2',
      [deviceId, sensorType],
    )
    return rows[0]?.refused ?? 0
  }

  async function removeDevice(deviceId: string): Promise<void> {
    await database.query('DELETE FROM devices WHERE device_id = $1', [deviceId])
  }

  describeReadingStore(name, async () => {
    await empty()
    return { store: createPostgresReadingStore({ database, log }), refusedOf, removeDevice }
  })
  describeSnapshotStore(name, async () => {
    await empty()
    return createPostgresSnapshotStore({ database })
  })

  describe(`the reading store on ${name}`, () => {
    beforeEach(empty)

    const batch = (from: number): StoredReading[] =>
      Array.from({ length: 1_000 }, (_, index) =>
        reading({ deviceId: `d${index % 50}`, timestampMs: NOON + from + index }),
      )

    it('writes 1 000 readings with one statement once the devices are known, three where some are refused', async () => {
      const store = createPostgresReadingStore({ database, log })
      await store.write(batch(0))
      sent.length = 0
      await store.write(batch(1_000))
      expect(sent).toHaveLength(1)
      sent.length = 0
      const worst = batch(1_500).map((row) => ({ ...row, value: 1, unit: 'K' }))
      expect(await store.write(worst)).toEqual({ inserted: 500, repeated: 0, refused: 500 })
      // One more where nothing of the kind has come for long: the insert that met the first row that was there.
      expect(sent.length).toBeLessThanOrEqual(4)
      sent.length = 0
      const again = batch(2_000).map((row) => ({ ...row, value: 2, unit: 'F' }))
      expect(await store.write(again)).toEqual({ inserted: 500, repeated: 0, refused: 500 })
      expect(sent.length).toBeLessThanOrEqual(3)
    })

    it('tries the cheaper insert again after a hundred writes, whose rows may be there or not', async () => {
      const store = createPostgresReadingStore({ database, log })
      await store.write(batch(0))
      const tolerant = () => sent.filter((text) => text.includes('ON CONFLICT')).length
      for (let write = 0; write < 102; write++) {
        const rows = batch(0).slice(0, 3)
        expect(await store.write(rows)).toEqual({ inserted: 0, repeated: 3, refused: 0 })
      }
      sent.length = 0
      for (let write = 1; write <= 99; write++) await store.write(batch(write * 1_000).slice(0, 1))
      const before = tolerant()
      expect(before).toBe(98)
      await store.write(batch(200_000).slice(0, 1))
      expect(tolerant()).toBe(before)
    })

    it('writes for a device that another process has removed', async () => {
      const store = createPostgresReadingStore({ database, log })
      await store.write([reading()])
      await removeDevice('pump-1')
      expect((await store.write([reading({ value: 3 })])).inserted).toBe(1)
      expect(await store.latest('pump-1')).toMatchObject([{ value: 3 }])
    })

    it('writes where another process has dropped the partition', async () => {
      const [store, other] = [0, 1].map(() => createPostgresReadingStore({ database, log }))
      await store!.write([reading()])
      expect(await other!.dropBefore(NOON + 30 * DAY)).toBeGreaterThan(0)
      expect((await store!.write([reading()])).inserted).toBe(1)
    })

    it('deletes the readings of removed sensors with the next retention', async () => {
      const store = createPostgresReadingStore({ database, log })
      await store.write([...batch(0), reading({ deviceId: 'stays' })])
      await database.query(`DELETE FROM devices WHERE device_id <> 'stays'`)
      await store.dropBefore(NOON - 30 * DAY)
      const { rows } = await database.query('SELECT count(*) AS n FROM readings')
      expect(rows).toEqual([{ n: 1 }])
      expect((await database.query('SELECT FROM removed_sensors')).rowCount).toBe(0)
    })

    it('writes names that text can’t hold, under ones that it can', async () => {
      const store = createPostgresReadingStore({ database, log })
      const odd = [
        reading({ sensorType: 'a\u0000b', unit: '\u0000' }),
        reading({ sensorType: 'half \ud83c' }),
      ]
      expect((await store.write(odd)).inserted).toBe(2)
      expect((await store.write(odd)).repeated).toBe(2)
      expect(await store.latest('pump-1')).toMatchObject([
        { sensorType: 'a\ufffdb', unit: '\ufffd' },
        { sensorType: 'half \ufffd' },
      ])
    })

    it('leaves a partition that somebody reads for the next time', async () => {
      const store = createPostgresReadingStore({ database, log })
      await store.write([reading()])
      await database.transaction(async (query) => {
        await query('SELECT * FROM readings')
        expect(await store.dropBefore(NOON + 30 * DAY)).toBe(0)
      })
      expect(await store.dropBefore(NOON + 30 * DAY)).toBeGreaterThan(0)
    })

    it('makes partitions side by side', async () => {
      const stores = [0, 1, 2, 3].map(() => createPostgresReadingStore({ database, log }))
      const rows = Array.from({ length: 12 }, (_, week) =>
        reading({ timestampMs: NOON - (week + 900) * 7 * DAY }),
      )
      const outcomes = await Promise.all(stores.map((store) => store.write(rows)))
      expect(outcomes.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(12)
    })

    it('rejects as unavailable while the server is away, and goes on when it is back', async () => {
      const store = createPostgresReadingStore({ database, log })
      await store.write([reading()])
      await server.stopServer()
      await expect(store.write([reading({ timestampMs: NOON + 1 })])).rejects.toThrow(StoreUnavailable)
      await expect(store.latest('pump-1')).rejects.toThrow(StoreUnavailable)
      await server.startServer()
      expect((await store.write([reading({ timestampMs: NOON + 1 })])).inserted).toBe(1)
    }, 60_000)
  })
}
