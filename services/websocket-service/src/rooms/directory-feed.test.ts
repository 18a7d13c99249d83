import { createMemoryDeviceStore } from '@iot/adapter-memory'
import { systemClock } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import { DeviceDirectory } from './device-directory.js'
import { createDirectoryFeed, type DirectoryFeed, type DirectoryFeedDeps } from './directory-feed.js'

let feed: DirectoryFeed | undefined
afterEach(() => feed?.stop())

async function setUp(count: number, more: Partial<DirectoryFeedDeps> = {}) {
  const devices = createMemoryDeviceStore({ clock: systemClock })
  for (let index = 0; index < count; index++) {
    await devices.create({ deviceId: `d${index}`, site: `s${index % 3}` })
  }
  const directory = new DeviceDirectory()
  const lists: number[] = []
  const { listSites } = devices
  devices.listSites = (query) => {
    lists.push(query.limit)
    return listSites(query)
  }
  feed = createDirectoryFeed({
    devices,
    directory,
    move: (moves) => directory.apply(moves),
    maxDevices: 20_000,
    clock: systemClock,
    logger: silentLogger(),
    everyMs: 5,
    ...more,
  })
  return { devices, directory, feed, lists }
}

describe('the feed of the directory', () => {
  it('knows every device that has a site once it has started, in pages, and reads on only when something moved', async () => {
    const { devices, directory, feed, lists } = await setUp(11_000)
    await devices.create({ deviceId: 'nowhere' })
    await feed.start()
    expect([directory.size, directory.siteOf('d10999'), directory.siteOf('nowhere')]).toEqual([
      11_000,
      's1',
      undefined,
    ])
    expect(lists).toHaveLength(3)
    const heardAtMs = feed.heardAtMs()
    await until('it asked again', () => feed.heardAtMs() > heardAtMs + 20)
    expect(lists).toHaveLength(3)
    await devices.change('d1', { site: 'elsewhere' })
    await devices.change('d2', { site: null })
    await devices.remove('d3')
    await until('all moves', () => directory.size === 10_998)
    expect(['d1', 'd2', 'd3'].map((id) => directory.siteOf(id))).toEqual(['elsewhere', undefined, undefined])
    expect(directory.devicesAt(['elsewhere', 'there-is-none'])).toEqual(['d1'])
  })

  it('keeps what it knew while the store is away, and does not hold up the start', async () => {
    const away = await setUp(2, { patienceMs: 10 })
    away.devices.sitesVersion = () => new Promise(() => {})
    await away.feed.start()
    expect(away.directory.size).toBe(0)
    away.feed.stop()

    const { devices, directory, feed } = await setUp(2)
    await feed.start()
    const { listSites } = devices
    let failed = 0
    devices.listSites = () => {
      failed += 1
      return Promise.reject(new Error('away'))
    }
    await devices.change('d0', { site: 'new' })
    await until('it failed twice', () => failed >= 2)
    expect(directory.siteOf('d0')).toBe('s0')
    devices.listSites = listSites
    await until('it is back', () => directory.siteOf('d0') === 'new')
  })

  it('takes a move that happens while the list is read', async () => {
    const { devices, directory, feed } = await setUp(1)
    const { listSites } = devices
    devices.listSites = async (query) => {
      const page = await listSites(query)
      devices.listSites = listSites
      await devices.change('d0', { site: 'later' })
      return page
    }
    await feed.start()
    expect(directory.siteOf('d0')).toBe('s0')
    await until('the move', () => directory.siteOf('d0') === 'later')
  })

  it('knows no more devices than MAX_DEVICES', async () => {
    const { directory, feed } = await setUp(10, { maxDevices: 4 })
    await feed.start()
    expect([directory.size, directory.siteOf('d3'), directory.siteOf('d4')]).toEqual([4, 's0', undefined])
  })
})
