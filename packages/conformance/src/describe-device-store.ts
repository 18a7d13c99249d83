import type { CredentialRow, DeviceStore } from '@iot/ports'
import { beforeEach, describe, expect, it } from '@jest/globals'

/** `create` makes an empty store. */
export function describeDeviceStore(name: string, create: () => Promise<DeviceStore>): void {
  describe(`device store: ${name}`, () => {
    let store: DeviceStore
    beforeEach(async () => {
      store = await create()
    })

    const ids = async (query: Parameters<DeviceStore['list']>[0]) =>
      (await store.list(query)).map((device) => device.deviceId)

    describe('devices', () => {
      it('keeps what was said of a device; its name is its id until it has one', async () => {
        const made = await store.create({ deviceId: 'pump-7' })
        expect(made).toMatchObject({
          deviceId: 'pump-7',
          name: 'pump-7',
          tags: [],
          attributes: {},
          sensors: [],
          refusedValues: 0,
        })
        expect(made).not.toHaveProperty('site')
        const full = {
          deviceId: 'cold-2',
          name: 'Cold room 2',
          location: 'Hall A',
          site: 'Hanoi',
          tags: ['cold', 'food'],
        }
        expect(await store.create(full)).toMatchObject(full)
        expect(await store.get('cold-2')).toMatchObject(full)
        expect(await store.get('nobody')).toBeUndefined()
        expect(await store.count()).toBe(2)
      })

      it('creates a device once', async () => {
        await store.create({ deviceId: 'a', name: 'first' })
        expect(await store.create({ deviceId: 'a', name: 'second' })).toBeUndefined()
        expect((await store.get('a'))?.name).toBe('first')
      })

      it('changes the fields named, and takes away what is null', async () => {
        await store.create({ deviceId: 'a', name: 'A', site: 'Hue', location: 'Roof', tags: ['x'] })
        expect(await store.change('a', { name: 'B', site: null })).toMatchObject({
          name: 'B',
          location: 'Roof',
          tags: ['x'],
        })
        expect(await store.get('a')).not.toHaveProperty('site')
        expect(await store.change('nobody', { name: 'B' })).toBeUndefined()
      })

      it('keeps how often a device is to be heard of, until that is taken away', async () => {
        const made = await store.create({ deviceId: 'a', expectedIntervalMs: 90_000 })
        expect(made?.expectedIntervalMs).toBe(90_000)
        expect((await store.change('a', { expectedIntervalMs: 2_592_000_000 }))?.expectedIntervalMs).toBe(
          2_592_000_000,
        )
        expect((await store.change('a', { name: 'A' }))?.expectedIntervalMs).toBe(2_592_000_000)
        expect(await store.change('a', { expectedIntervalMs: null })).not.toHaveProperty('expectedIntervalMs')
      })

      it('removes a device with its credentials', async () => {
        await store.create({ deviceId: 'a' })
        await store.createCredential({ deviceId: 'a', kind: 'device', username: 'u', passwordHash: 'h' })
        expect(await store.remove('a')).toBe(true)
        expect(await store.remove('a')).toBe(false)
        expect(await store.get('a')).toBeUndefined()
        expect(await store.findCredential('u')).toBeUndefined()
      })

      it('notes what devices tell of themselves, and a person’s word goes before it', async () => {
        await store.describe([
          { deviceId: 'a', location: 'Line 1', attributes: { firmware: '1.0', model: 'x' } },
        ])
        await store.describe([{ deviceId: 'a', attributes: { firmware: '1.1' } }])
        expect(await store.get('a')).toMatchObject({
          location: 'Line 1',
          attributes: { firmware: '1.1', model: 'x' },
        })
        await store.change('a', { location: 'Line 2' })
        await store.describe([{ deviceId: 'a', location: 'Line 3' }])
        expect((await store.get('a'))?.location).toBe('Line 2')
        await store.change('a', { location: null })
        expect((await store.get('a'))?.location).toBe('Line 3')
      })

      it('takes several tellings of one device in one call, the later over the earlier', async () => {
        await store.describe([
          { deviceId: 'a', location: 'first', attributes: { k: '1' } },
          { deviceId: 'a', location: 'second', attributes: { k: '2', l: '3' } },
        ])
        expect(await store.get('a')).toMatchObject({ location: 'second', attributes: { k: '2', l: '3' } })
      })
    })

    describe('the list', () => {
      beforeEach(async () => {
        await store.create({ deviceId: 'b-2', name: 'Boiler', site: 'Hanoi', tags: ['heat'] })
        await store.create({
          deviceId: 'a-1',
          name: 'Air 100%',
          location: 'Roof',
          site: 'Hue',
          tags: ['heat', 'air'],
        })
        await store.create({ deviceId: 'C-3', name: 'Cold_room', site: 'Hanoi' })
      })

      it('goes on after a device, in one order, without leaving out or repeating', async () => {
        const all = await ids({ limit: 10 })
        expect([...all].sort()).toEqual(['C-3', 'a-1', 'b-2'])
        const paged: string[] = []
        for (let after: string | undefined; ; ) {
          const [next] = await ids({ limit: 1, ...(after !== undefined && { after }) })
          if (next === undefined) break
          paged.push(next)
          after = next
        }
        expect(paged).toEqual(all)
      })

      it('filters by site, tag and ids', async () => {
        expect(await ids({ limit: 10, site: 'Hanoi' })).toEqual(['C-3', 'b-2'])
        expect(await ids({ limit: 10, tag: 'air' })).toEqual(['a-1'])
        expect(await ids({ limit: 10, deviceIds: ['b-2', 'nobody'] })).toEqual(['b-2'])
        expect(await ids({ limit: 10, deviceIds: [] })).toEqual([])
      })

      it('can be limited to devices of some sites, whatever else is asked for', async () => {
        await store.create({ deviceId: 'd-4', name: 'Nowhere' })
        expect(await ids({ limit: 10, sites: ['Hanoi'] })).toEqual(['C-3', 'b-2'])
        expect(await ids({ limit: 10, sites: ['Hue', 'Hanoi', 'no such'] })).toEqual(['C-3', 'a-1', 'b-2'])
        expect(await ids({ limit: 10, sites: [] })).toEqual([])
        expect(await ids({ limit: 1, sites: ['Hanoi'], after: 'C-3' })).toEqual(['b-2'])
        expect(await ids({ limit: 10, sites: ['Hue'], site: 'Hanoi' })).toEqual([])
        expect(await ids({ limit: 10, sites: ['Hue'], tag: 'heat' })).toEqual(['a-1'])
        expect(await ids({ limit: 10, sites: ['Hue'], search: 'b' })).toEqual([])
        expect(await ids({ limit: 10, sites: ['Hue'], deviceIds: ['a-1', 'b-2', 'd-4'] })).toEqual(['a-1'])
      })

      it('is counted, in all and by sites', async () => {
        await store.create({ deviceId: 'd-4', name: 'Nowhere' })
        expect(await store.count()).toBe(4)
        expect(await store.count({ sites: ['Hanoi'] })).toBe(2)
        expect(await store.count({ sites: ['Hue', 'Hanoi', 'no such'] })).toBe(3)
        expect(await store.count({ sites: [] })).toBe(0)
      })

      it.each([
        ['by id', 'A-1', ['a-1']],
        ['by name', 'boil', ['b-2']],
        ['by location', 'roof', ['a-1']],
        ['by site', 'hanoi', ['C-3', 'b-2']],
        ['by tag', 'HEAT', ['a-1', 'b-2']],
        ['with a percent sign that means itself', '0%', ['a-1']],
        ['with an underscore that means itself', 'd_r', ['C-3']],
        ['with a backslash that means itself', '\\', []],
        ['with a quote', "'", []],
      ])('searches %s', async (_, search, expected) => {
        expect(await ids({ limit: 10, search })).toEqual(expected)
      })

      it('lists devices for the bounds, in pages', async () => {
        const first = await store.listSensors({ limit: 2 })
        const rest = await store.listSensors({ limit: 2, after: first[1]!.deviceId })
        expect([...first, ...rest].map((one) => one.deviceId)).toEqual(['C-3', 'a-1', 'b-2'])
      })
    })

    describe('the sites', () => {
      it('are listed with their devices, page by page, and devices with a name or an interval, without the others', async () => {
        await store.create({ deviceId: 'b-2', site: 'Hanoi' })
        await store.create({ deviceId: 'a-1', site: 'Hue' })
        await store.create({ deviceId: 'none' })
        await store.create({ deviceId: 'C-3', site: 'Hanoi', expectedIntervalMs: 60_000 })
        await store.create({ deviceId: 'd-4', expectedIntervalMs: 5_000 })
        await store.create({ deviceId: 'e-5', name: 'Boiler' })
        const first = await store.listSites({ limit: 2 })
        const rest = await store.listSites({ limit: 3, after: first[1]!.deviceId })
        expect([...first, ...rest]).toEqual([
          { deviceId: 'C-3', site: 'Hanoi', expectedIntervalMs: 60_000 },
          { deviceId: 'a-1', site: 'Hue' },
          { deviceId: 'b-2', site: 'Hanoi' },
          { deviceId: 'd-4', expectedIntervalMs: 5_000 },
          { deviceId: 'e-5', name: 'Boiler' },
        ])
      })

      it('have another version when a device comes, moves, gets a name, changes places with another, or goes, and only then', async () => {
        const versions = new Set<string>()
        const isAnother = async () => {
          const version = await store.sitesVersion()
          return !versions.has(version) && versions.add(version) !== undefined
        }
        expect(await isAnother()).toBe(true)
        await store.create({ deviceId: 'a', name: 'B', site: 'x' })
        await store.create({ deviceId: 'b', site: 'y' })
        expect(await isAnother()).toBe(true)
        await store.create({ deviceId: 'c' })
        await store.change('a', { name: 'B', tags: ['t'] })
        await store.change('c', { name: 'c' })
        await store.describe([{ deviceId: 'a', location: 'Roof' }])
        expect(await isAnother()).toBe(false)
        await store.change('a', { name: 'C' })
        expect(await isAnother()).toBe(true)
        await store.change('a', { site: 'y' })
        await store.change('b', { site: 'x' })
        expect(await isAnother()).toBe(true)
        await store.change('a', { site: null })
        expect(await isAnother()).toBe(true)
        await store.change('c', { expectedIntervalMs: 60_000 })
        expect(await isAnother()).toBe(true)
        await store.change('c', { expectedIntervalMs: null })
        const before = await store.sitesVersion()
        await store.remove('b')
        await store.create({ deviceId: 'b' })
        expect(await store.listSites({ limit: 9 })).toEqual([{ deviceId: 'a', name: 'C' }])
        expect(await store.sitesVersion()).not.toBe(before)
      })
    })

    describe('credentials', () => {
      const credential = { deviceId: 'a', kind: 'device', username: 'a-cred', passwordHash: 'h' } as const

      it('are found by username, listed by device, and removed by id', async () => {
        await store.create({ deviceId: 'a' })
        const made: CredentialRow = await store.createCredential(credential)
        expect(await store.findCredential('a-cred')).toEqual(made)
        expect(await store.listCredentials('a')).toEqual([made])
        expect(await store.listCredentials('b')).toEqual([])
        expect(await store.removeCredential('b', made.id)).toBe(false)
        expect(await store.removeCredential('a', 'not an id')).toBe(false)
        expect(await store.removeCredential('a', made.id)).toBe(true)
        expect(await store.findCredential('a-cred')).toBeUndefined()
      })

      it('that are kept are told from those that are not', async () => {
        const first = await store.createCredential(credential)
        const second = await store.createCredential({ ...credential, username: 'a-other' })
        const elsewhere = await store.createCredential({ ...credential, deviceId: 'b', username: 'b-cred' })
        const ids = [first.id, second.id, elsewhere.id, 'not an id']
        expect(await store.keptCredentials([])).toEqual([])
        expect((await store.keptCredentials(ids)).sort()).toEqual([first.id, second.id, elsewhere.id].sort())
        await store.removeCredential('a', first.id)
        await store.remove('b')
        expect(await store.keptCredentials(ids)).toEqual([second.id])
      })

      it('are given to a broker where it could read them, page by page, and never with the credential', async () => {
        const empty = await store.brokerLoginsVersion()
        await store.createCredential(credential)
        expect(await store.brokerLoginsVersion()).toBe(empty)
        const made = []
        for (const username of ['b-cred', 'B-cred', 'a:cred']) {
          const one = {
            ...credential,
            kind: 'gateway',
            username,
            brokerVerifier: `v of ${username}`,
          } as const
          made.push(await store.createCredential(one))
        }
        const full = await store.brokerLoginsVersion()
        expect(full).not.toBe(empty)
        expect(await store.brokerLoginsVersion()).toBe(full)
        expect(JSON.stringify([made, await store.findCredential('b-cred')])).not.toContain('v of')
        const first = await store.listBrokerLogins({ limit: 2 })
        const rest = await store.listBrokerLogins({ limit: 2, after: first[1]!.username })
        expect([...first, ...rest].map(({ username }) => username)).toEqual(['B-cred', 'a:cred', 'b-cred'])
        expect(rest).toEqual([
          { username: 'b-cred', verifier: 'v of b-cred', deviceId: 'a', kind: 'gateway' },
        ])
        await store.removeCredential('a', made[0]!.id)
        expect(await store.brokerLoginsVersion()).not.toBe(full)
        await store.remove('a')
        expect(await store.brokerLoginsVersion()).toBe(empty)
        expect(await store.listBrokerLogins({ limit: 2 })).toEqual([])
      })

      it('bring the device into being where it is new', async () => {
        await store.createCredential({ ...credential, kind: 'gateway' })
        expect(await store.get('a')).toBeDefined()
        expect((await store.findCredential('a-cred'))?.kind).toBe('gateway')
      })
    })
  })
}
