import type { AlertRuleRequest } from '@iot/contracts'
import type { AlertRuleStore, DeviceStore } from '@iot/ports'
import { beforeEach, describe, expect, it } from '@jest/globals'

export interface AlertRulesUnderTest {
  readonly store: AlertRuleStore
  /** The devices that rules are about. */
  readonly devices: DeviceStore
}

const HOT: AlertRuleRequest = {
  name: 'Nóng quá',
  sensorType: 'temperature',
  operator: '>',
  value: 80.1,
  clear: 75,
  for: '5m',
  severity: 'critical',
  message: '{device}: “{value}”\n',
  schedule: { days: ['mon', 'sun'], from: '22:00', to: '06:00', timeZone: 'Asia/Ho_Chi_Minh' },
}
const MADE = {
  id: expect.any(String),
  createdAt: expect.stringMatching(/Z$/),
  updatedAt: expect.stringMatching(/Z$/),
}

/** `create` makes an empty store, without the rule that an installation begins with, and no devices. */
export function describeAlertRuleStore(
  name: string,
  create: (bounds: { maxRules: number; maxWindows: number }) => Promise<AlertRulesUnderTest>,
): void {
  describe(`alert rule store: ${name}`, () => {
    let store: AlertRuleStore
    let devices: DeviceStore

    async function add(rule: Partial<AlertRuleRequest> = {}): Promise<string> {
      return (await store.create({ ...HOT, ...rule }, 'ada'))!.id
    }
    async function namesOf(query: Partial<Parameters<AlertRuleStore['list']>[0]> = {}): Promise<string[]> {
      return (await store.list({ limit: 100, ...query })).map((rule) => rule.name).sort()
    }
    /** Whether `work` gives the store another version. */
    async function isChangedBy(work: () => Promise<unknown>): Promise<boolean> {
      const before = await store.version()
      expect(await store.version()).toBe(before)
      await work()
      return (await store.version()) !== before
    }

    beforeEach(async () => {
      const made = await create({ maxRules: 50, maxWindows: 3 })
      store = made.store
      devices = made.devices
    })

    it('keeps a rule whole', async () => {
      const made = await store.create(HOT, 'ada')
      const whole = { ...HOT, ...MADE, enabled: true, revision: 1, source: 'api', updatedBy: 'ada' }
      expect(made).toEqual(whole)
      expect(await store.get(made!.id)).toEqual(made)
      expect(await store.list({ limit: 10 })).toEqual([made])
      expect(await store.get('nothing')).toBeUndefined()
    })

    it('puts other fields in place of all, and raises the revision', async () => {
      const id = await add()
      const quiet: AlertRuleRequest = { name: 'Quiet', noData: '5m', severity: 'warning', enabled: false }
      const replaced = await store.replace(id, quiet, 'bob')
      expect(replaced).toEqual({ ...quiet, ...MADE, id, revision: 2, source: 'api', updatedBy: 'bob' })
      expect(await store.get(id)).toEqual(replaced)
      expect(await store.replace('nothing', quiet, 'bob')).toBe('missing')
    })

    it('lets one of two changes win that were made on the same revision', async () => {
      const id = await add()
      const outcomes = await Promise.all(
        ['one', 'two', 'three'].map((renamed) => store.replace(id, { ...HOT, name: renamed }, renamed, 1)),
      )
      expect(outcomes.filter((outcome) => outcome === 'changed')).toHaveLength(2)
      expect((await store.get(id))!.revision).toBe(2)
      expect(await store.replace(id, HOT, 'ada', 2)).toMatchObject({ revision: 3 })
    })

    it('removes a rule once', async () => {
      const id = await add()
      expect(await store.remove(id)).toBe(true)
      expect(await store.remove(id)).toBe(false)
      expect(await store.list({ limit: 10 })).toEqual([])
    })

    it('lists page by page, in order of id', async () => {
      for (const one of ['a', 'b', 'c', 'd', 'e']) await add({ name: one })
      const first = await store.list({ limit: 2 })
      const rest = await store.list({ limit: 10, after: first[1]!.id })
      const ids = [...first, ...rest].map(({ id }) => id)
      expect(first).toHaveLength(2)
      expect(ids).toEqual([...ids].sort())
      expect(new Set(ids).size).toBe(5)
    })

    it('finds rules by a part of their texts, letters’ case aside, without wildcards', async () => {
      await add({ name: '100 % “A_b”' })
      await add({ name: 'other', deviceId: 'Pump-7' })
      expect(await namesOf({ search: 'a_B' })).toEqual(['100 % “A_b”'])
      expect(await namesOf({ search: 'pump' })).toEqual(['other'])
      expect(await namesOf({ search: 'TEMPER' })).toHaveLength(2)
      expect(await namesOf({ search: 'a%' })).toEqual([])
      expect(await namesOf({ search: 'a\u0000' })).toEqual([])
    })

    it('tells which rules are about a device or a site, where the device is now', async () => {
      await devices.create({ deviceId: 'd1', site: 'Hanoi' })
      await devices.create({ deviceId: 'd2' })
      await add({ name: 'all' })
      await add({ name: 'd1', deviceId: 'd1' })
      await add({ name: 'd2', deviceId: 'd2' })
      await add({ name: 'unknown', deviceId: 'nobody' })
      await add({ name: 'hanoi', site: 'Hanoi' })
      await add({ name: 'hue', site: 'Hue' })
      expect(await namesOf({ deviceId: 'd1' })).toEqual(['all', 'd1', 'hanoi'])
      expect(await namesOf({ deviceId: 'd2' })).toEqual(['all', 'd2'])
      expect(await namesOf({ deviceId: 'nobody' })).toEqual(['all', 'unknown'])
      expect(await namesOf({ site: 'Hanoi' })).toEqual(['all', 'd1', 'hanoi'])
      expect(await namesOf({ sites: ['Hue', 'Hanoi'] })).toEqual(['all', 'd1', 'hanoi', 'hue'])
      expect(await namesOf({ sites: [] })).toEqual(['all'])
      expect(await namesOf({ sites: ['Hue'], deviceId: 'd1' })).toEqual(['all'])
      await devices.change('d1', { site: 'Hue' })
      expect(await namesOf({ deviceId: 'd1', sites: ['Hue'] })).toEqual(['all', 'd1', 'hue'])
    })

    it('takes no rule beyond its bound, also of several at once', async () => {
      await Promise.all(Array.from({ length: 45 }, (_, at) => add({ name: `${at}` })))
      const made = await Promise.all(Array.from({ length: 8 }, () => store.create(HOT, 'ada')))
      expect(made.filter((rule) => rule === undefined)).toHaveLength(3)
      expect(await namesOf()).toHaveLength(50)
      const files = new Map([['file', HOT]])
      expect(await store.syncFiles(files)).toEqual({ refused: ['file'] })
    })

    it('makes the rules of files what the files say, and touches no other', async () => {
      const own = await add({ name: 'own' })
      const files = new Map<string, AlertRuleRequest>([
        ['stays', HOT],
        ['changes', HOT],
        ['goes', HOT],
        [own, { ...HOT, name: 'of another' }],
      ])
      expect(await store.syncFiles(files)).toEqual({ refused: [own] })
      const stays = await store.get('stays')
      expect(stays).toEqual({ ...HOT, ...MADE, id: 'stays', revision: 1, source: 'file', enabled: true })
      files.delete(own)
      files.delete('goes')
      // The same, said in another order, and with what is so without being said.
      files.set('stays', {
        enabled: true,
        ...Object.fromEntries(Object.entries(HOT).reverse()),
      } as typeof HOT)
      files.set('changes', { ...HOT, value: 90 })
      expect(await store.syncFiles(files)).toEqual({ refused: [] })
      expect(await store.get('stays')).toEqual(stays)
      expect(await store.get('changes')).toMatchObject({ revision: 2, value: 90, source: 'file' })
      expect(await store.get('goes')).toBeUndefined()
      expect((await store.get(own))!.name).toBe('own')
      expect(await store.syncFiles(new Map())).toEqual({ refused: [] })
      expect(await namesOf()).toEqual(['own'])
    })

    it('has another version whenever something has changed, and only then', async () => {
      let id = ''
      expect(await isChangedBy(async () => (id = await add()))).toBe(true)
      expect(await isChangedBy(() => store.replace(id, HOT, 'ada'))).toBe(true)
      expect(await isChangedBy(() => store.replace(id, HOT, 'ada', 99))).toBe(false)
      expect(await isChangedBy(() => store.remove(id))).toBe(true)
      expect(await isChangedBy(() => store.remove(id))).toBe(false)
      expect(await isChangedBy(() => store.syncFiles(new Map([['f', HOT]])))).toBe(true)
      expect(await isChangedBy(() => store.syncFiles(new Map([['f', HOT]])))).toBe(false)
      const window = { from: '2026-03-11T12:00:00.000Z', to: '2999-01-01T00:00:00.000Z' }
      expect(await isChangedBy(async () => (id = (await store.createWindow(window, 'ada'))!.id))).toBe(true)
      expect(await isChangedBy(() => store.removeWindow(id))).toBe(true)
      expect(await isChangedBy(() => store.removeWindow(id))).toBe(false)
    })

    describe('maintenance windows', () => {
      const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()

      it('keeps a window whole, and removes it once', async () => {
        const window = { deviceId: 'd1', from: at(-1), to: at(1), reason: 'Thay lọc' }
        const made = await store.createWindow(window, 'ada')
        expect(made).toEqual({ ...window, id: MADE.id, createdAt: MADE.createdAt, createdBy: 'ada' })
        expect(await store.getWindow(made!.id)).toEqual(made)
        const bare = await store.createWindow({ site: 'Hanoi', from: at(-1), to: at(1) }, 'bob')
        expect(Object.keys(bare!).sort()).toEqual(['createdAt', 'createdBy', 'from', 'id', 'site', 'to'])
        expect(await store.removeWindow(made!.id)).toBe(true)
        expect(await store.removeWindow(made!.id)).toBe(false)
        for (const id of [made!.id, 'nothing']) expect(await store.getWindow(id)).toBeUndefined()
      })

      it('lists those that are not over, also those to come, in order of id', async () => {
        const over = await store.createWindow({ site: 'Hanoi', from: at(-2), to: at(-1) }, 'ada')
        for (const hours of [0, 2]) {
          await store.createWindow({ site: 'Hanoi', from: at(hours), to: at(hours + 1) }, 'ada')
        }
        const nowMs = Date.now()
        const listed = await store.listWindows({ nowMs, limit: 10 })
        expect(listed).toHaveLength(2)
        expect(listed.map(({ id }) => id)).not.toContain(over!.id)
        const [first] = await store.listWindows({ nowMs, limit: 1 })
        expect(await store.listWindows({ nowMs, limit: 9, after: first!.id })).toEqual(listed.slice(1))
        expect(await store.listWindows({ nowMs: Date.parse(over!.to), limit: 10 })).toHaveLength(2)
        expect(await store.listWindows({ nowMs: Date.parse(over!.to) - 1, limit: 10 })).toHaveLength(3)
      })

      it('takes no more than its bound of those that are not over, and forgets those long over', async () => {
        const over = await store.createWindow({ site: 'Hanoi', from: at(-30), to: at(-25) }, 'ada')
        const add = () => store.createWindow({ site: 'Hanoi', from: at(0), to: at(1) }, 'ada')
        const made = await Promise.all([add(), add(), add(), add(), add()])
        expect(made.filter((window) => window === undefined)).toHaveLength(2)
        expect(await store.getWindow(over!.id)).toBeUndefined()
      })
    })
  })
}
