import type { SnapshotStore } from '@iot/ports'
import { beforeEach, describe, expect, it } from '@jest/globals'

/** `create` makes an empty store. */
export function describeSnapshotStore(name: string, create: () => Promise<SnapshotStore>): void {
  describe(`snapshot store: ${name}`, () => {
    let store: SnapshotStore
    beforeEach(async () => {
      store = await create()
    })
    const save = (offsets: Record<string, number>, state = '{}') =>
      store.save('live', 'epoch-1', 0, { offsets, state })

    it('knows nothing at first', async () => {
      expect(await store.load('live', 'epoch-1', 0)).toBeUndefined()
    })

    it('gives back what was saved, character by character', async () => {
      const snapshot = { offsets: { 'sensors-data': 41, 'device-status': 0 }, state: '{"a":"°C \\u0000 é"}' }
      expect(await store.save('live', 'epoch-1', 0, snapshot)).toBe(true)
      expect(await store.load('live', 'epoch-1', 0)).toEqual(snapshot)
    })

    it('keeps owners, epochs and partitions apart', async () => {
      await save({ a: 5 }, '"first"')
      await store.save('rules', 'epoch-1', 0, { offsets: { a: 1 }, state: '"owner"' })
      await store.save('live', 'epoch-2', 0, { offsets: { a: 1 }, state: '"epoch"' })
      await store.save('live', 'epoch-1', 1, { offsets: { a: 1 }, state: '"partition"' })
      expect((await store.load('live', 'epoch-1', 0))?.state).toBe('"first"')
      expect((await store.load('rules', 'epoch-1', 0))?.state).toBe('"owner"')
      expect((await store.load('live', 'epoch-2', 0))?.state).toBe('"epoch"')
      expect((await store.load('live', 'epoch-1', 1))?.state).toBe('"partition"')
    })

    it('replaces a snapshot by one that is further in any topic', async () => {
      await save({ a: 5, b: 5 }, '1')
      expect(await save({ a: 5, b: 6 }, '2')).toBe(true)
      expect(await save({ a: 5, b: 6, c: 0 }, '3')).toBe(true)
      expect(await store.load('live', 'epoch-1', 0)).toEqual({ offsets: { a: 5, b: 6, c: 0 }, state: '3' })
    })

    it('lets an older one, an equal one and one that is behind in a topic change nothing', async () => {
      await save({ a: 5, b: 5 }, '"kept"')
      for (const offsets of [{ a: 4, b: 5 }, { a: 5, b: 5 }, { a: 9, b: 4 }, { a: 9 }, {}]) {
        expect(await save(offsets as Record<string, number>, '"other"')).toBe(false)
      }
      expect(await store.load('live', 'epoch-1', 0)).toEqual({ offsets: { a: 5, b: 5 }, state: '"kept"' })
    })

    it('ends with the furthest of many that are saved at once', async () => {
      await Promise.all([3, 9, 1, 7, 5].map((offset) => save({ a: offset, b: offset * 2 }, String(offset))))
      expect(await store.load('live', 'epoch-1', 0)).toEqual({ offsets: { a: 9, b: 18 }, state: '9' })
    })
  })
}
