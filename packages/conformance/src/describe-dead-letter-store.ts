import type { DeadLetterRecord } from '@iot/contracts'
import type { DeadLetterStore } from '@iot/ports'
import { beforeEach, describe, expect, it } from '@jest/globals'

const EPOCH = 'e5a1c3f0-0000-4000-8000-000000000001'

function letter(offset: number, more: Partial<DeadLetterRecord> = {}) {
  const record: DeadLetterRecord = {
    reason: 'not-json',
    detail: `number ${offset}`,
    topic: 'sensor/data',
    receivedAt: new Date(Date.parse('2026-03-01T12:00:00Z') + offset * 1_000).toISOString(),
    payload: '{',
    ...more,
  }
  return { epoch: EPOCH, partition: offset % 2, offset, record }
}

/** `create` makes an empty store. */
export function describeDeadLetterStore(name: string, create: () => Promise<DeadLetterStore>): void {
  describe(`dead-letter store: ${name}`, () => {
    let store: DeadLetterStore
    beforeEach(async () => {
      store = await create()
    })

    it('keeps a letter whole, under its place in the log', async () => {
      const { payload: _, ...bytes } = letter(4, { clientId: 'c', payloadBase64: '/w==' }).record
      await store.write([letter(3), { ...letter(4), record: bytes as DeadLetterRecord }])
      expect(await store.get(`${EPOCH}:1:3`)).toEqual({
        id: `${EPOCH}:1:3`,
        ...letter(3).record,
        state: 'new',
      })
      expect(await store.get(`${EPOCH}:0:4`)).toEqual({ id: `${EPOCH}:0:4`, ...bytes, state: 'new' })
      expect(await store.get('nothing')).toBeUndefined()
    })

    it('keeps a letter once, however often it is written', async () => {
      await store.write([letter(1), letter(2)])
      await store.write([letter(2), letter(3), letter(3)])
      expect(await store.count('new')).toBe(3)
      expect(await store.count('replayed')).toBe(0)
    })

    it('keeps texts with every character, a zero byte too', async () => {
      const odd = { payload: 'a\u0000b\ud83d\ude00"\\', detail: 'tab\tand\nline\u0000' }
      await store.write([letter(1, odd)])
      expect(await store.get(`${EPOCH}:1:1`)).toMatchObject(odd)
    })

    it('lists the newest first, page by page', async () => {
      await store.write([1, 2, 3, 4, 5].map((offset) => letter(offset)))
      const first = await store.list({ limit: 2 })
      expect(first.map((one) => one.detail)).toEqual(['number 5', 'number 4'])
      const second = await store.list({ limit: 9, before: first[1]!.id })
      expect(second.map((one) => one.detail)).toEqual(['number 3', 'number 2', 'number 1'])
      expect(await store.list({ limit: 9, state: 'discarded' })).toEqual([])
      expect(await store.list({ limit: 9, before: 'no such cursor' })).toEqual([])
    })

    it('leaves none out where several came in the same millisecond', async () => {
      const { receivedAt } = letter(0).record
      await store.write([1, 2, 3, 4].map((offset) => letter(offset, { receivedAt })))
      const seen = new Set<string>()
      for (let before: string | undefined; ; ) {
        const [one] = await store.list({ limit: 1, ...(before !== undefined && { before }) })
        if (!one) break
        seen.add(one.id)
        before = one.id
      }
      expect(seen.size).toBe(4)
    })

    it('prunes down to the newest', async () => {
      await store.write([1, 2, 3, 4, 5].map((offset) => letter(offset)))
      const bounds = { keep: 2, keepBytes: 1_000_000 }
      expect(await store.prune(bounds)).toBe(3)
      expect(await store.prune(bounds)).toBe(0)
      expect((await store.list({ limit: 9 })).map((one) => one.detail)).toEqual(['number 5', 'number 4'])
    })

    it('prunes down to the newest that fit the bytes, whatever smaller ones are older', async () => {
      const large = { payload: 'ü'.repeat(5_000) }
      await store.write([letter(1), letter(2, large), letter(3, large), letter(4, large)])
      const bounds = { keep: 100, keepBytes: 29_000 }
      expect(await store.prune(bounds)).toBe(2)
      expect(await store.prune(bounds)).toBe(0)
      expect((await store.list({ limit: 9 })).map((one) => one.detail)).toEqual(['number 4', 'number 3'])
      expect(await store.prune({ ...bounds, keepBytes: 100 })).toBe(2)
      expect(await store.count('new')).toBe(0)
    })
  })
}
