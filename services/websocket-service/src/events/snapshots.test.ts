import type { DeviceState } from '@iot/ports'
import { describe, expect, it } from '@jest/globals'
import { DeviceDirectory } from '../rooms/device-directory.js'
import { EVERYTHING, scopeOf } from '../rooms/scope.js'
import { createSnapshots } from './snapshots.js'

const DEVICES = 1_300

function setUp(readingsOfEach = 1) {
  const directory = new DeviceDirectory()
  const ids = Array.from({ length: DEVICES }, (_, index) => `d${String(index).padStart(4, '0')}`)
  directory.apply(new Map(ids.map((id, index) => [id, index < 1_100 ? 'many' : 'few'])))
  const readings = Array(readingsOfEach).fill({}) as DeviceState['readings']
  const stateOf = (deviceId: string): DeviceState => ({ deviceId, status: 'online', readings })
  const asked = { get: 0, list: 0 }
  const snapshots = createSnapshots({
    directory,
    state: {
      async get(deviceIds) {
        asked.get += 1
        return deviceIds.map(stateOf)
      },
      async list({ after, limit }) {
        asked.list += 1
        return ids
          .filter((id) => after === undefined || id > after)
          .slice(0, limit)
          .map(stateOf)
      },
    },
  })
  return { snapshots, asked }
}

describe('snapshots', () => {
  it('hold every device, or those of the sites, whole and page by page', async () => {
    const { snapshots, asked } = setUp()
    expect(await snapshots.all(EVERYTHING)).toHaveLength(DEVICES)
    expect(await snapshots.all(scopeOf(['many']))).toHaveLength(1_100)
    expect(await snapshots.all(scopeOf(['few', 'many']))).toHaveLength(DEVICES)
    expect(await snapshots.all(scopeOf(['there-is-none']))).toEqual([])
    expect(asked).toEqual({ list: 3, get: 3 + 3 + 1 })
  })

  it('are none where they would be more than an answer holds, for whom it is more', async () => {
    const { snapshots } = setUp(50)
    expect(await snapshots.all(EVERYTHING)).toBeUndefined()
    expect(await snapshots.all(scopeOf(['many']))).toBeUndefined()
    expect(await snapshots.all(scopeOf(['few']))).toHaveLength(200)
  })

  it('are read once for all who came before the reading began, by who has the same sites', async () => {
    const { snapshots, asked } = setUp()
    const few = () => snapshots.all(scopeOf(['few']))
    const [first, second, third] = [few(), few(), few()]
    expect(second).toBe(third)
    expect(second).not.toBe(first)
    await Promise.all([first, second, third, snapshots.all(EVERYTHING)])
    expect(asked).toEqual({ get: 2, list: 3 })
    await few()
    expect(asked.get).toBe(3)
  })
})
