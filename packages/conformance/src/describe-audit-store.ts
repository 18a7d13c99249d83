import type { AuditStore, NewAuditEntry } from '@iot/ports'
import { beforeEach, describe, expect, it } from '@jest/globals'

const NOON_MS = Date.parse('2026-03-11T12:00:00.000Z')

/** `create` makes an empty store. */
export function describeAuditStore(name: string, create: () => Promise<AuditStore>): void {
  describe(`audit store: ${name}`, () => {
    let store: AuditStore

    function entry(more: Partial<NewAuditEntry> = {}): NewAuditEntry {
      return { action: 'rule.created', target: { type: 'rule', id: 'r1' }, ...more }
    }
    async function idsOf(query: Partial<Parameters<AuditStore['list']>[0]>): Promise<string[]> {
      return (await store.list({ limit: 100, ...query })).map(({ target }) => target.id)
    }

    beforeEach(async () => {
      store = await create()
    })

    it('keeps an entry whole, and gives it an id and a time', async () => {
      const begunAtMs = Date.now() - 60_000
      const detail = { text: 'Dừng\u0000 “x”', nested: { list: [1, null, true] }, factor: 0.1 }
      await store.add([entry({ actor: 'ada', detail }), entry({ timestampMs: NOON_MS })])
      const [system, ada] = await store.list({ limit: 10 })
      expect(ada).toEqual({
        ...entry({ actor: 'ada', detail }),
        id: expect.stringMatching(/^[1-9][0-9]*$/),
        timestamp: expect.stringMatching(/Z$/),
      })
      expect(Date.parse(ada!.timestamp)).toBeGreaterThan(begunAtMs)
      expect(system!.timestamp).toBe('2026-03-11T12:00:00.000Z')
      expect(Object.keys(system!).sort()).toEqual(['action', 'id', 'target', 'timestamp'])
    })

    it('adds nothing where there is nothing', async () => {
      await store.add([])
      expect(await store.list({ limit: 10 })).toEqual([])
    })

    it('lists page by page, newest first, in the order given', async () => {
      const named = (id: string) => entry({ target: { type: 'rule', id } })
      await store.add(['1', '2', '3'].map(named))
      await store.add([named('4'), named('5')])
      const first = await store.list({ limit: 2 })
      expect(first.map(({ target }) => target.id)).toEqual(['5', '4'])
      expect(Number(first[0]!.id)).toBeGreaterThan(Number(first[1]!.id))
      expect(await idsOf({ before: first[1]!.id })).toEqual(['3', '2', '1'])
    })

    it('finds by actor, action, what comes before its dot, target and time', async () => {
      await store.add([
        entry({ actor: 'ada', target: { type: 'rule', id: 'a' }, timestampMs: NOON_MS }),
        entry({ action: 'rule.removed', target: { type: 'rule', id: 'b' }, timestampMs: NOON_MS + 1 }),
        entry({ action: 'ruler.bent', target: { type: 'thing', id: 'b' }, timestampMs: NOON_MS + 2 }),
      ])
      expect(await idsOf({ actor: 'ada' })).toEqual(['a'])
      expect(await idsOf({ actor: 'Ada' })).toEqual([])
      expect(await idsOf({ action: 'rule.removed' })).toEqual(['b'])
      expect(await idsOf({ action: 'rule' })).toEqual(['b', 'a'])
      expect(await idsOf({ action: 'rule.' })).toEqual([])
      expect(await idsOf({ targetType: 'thing' })).toEqual(['b'])
      expect(await idsOf({ targetId: 'b', targetType: 'rule' })).toEqual(['b'])
      expect(await idsOf({ fromMs: NOON_MS + 1, toMs: NOON_MS + 2 })).toEqual(['b'])
      expect(await idsOf({ actor: 'a\u0000' })).toEqual([])
    })

    it('forgets what is older', async () => {
      await store.add([entry({ timestampMs: NOON_MS - 1 }), entry({ timestampMs: NOON_MS })])
      expect(await store.dropBefore(NOON_MS)).toBe(1)
      expect(await store.dropBefore(NOON_MS)).toBe(0)
      expect(await store.list({ limit: 10 })).toHaveLength(1)
    })
  })
}
