import { describe, expect, it } from '@jest/globals'
import { KnownSensors } from './known-sensors.js'

function storeOf(...deviceIds: string[]) {
  return {
    listSensors: async () => deviceIds.map((deviceId) => ({ deviceId, sensorTypes: ['temperature'] })),
  }
}

describe('the devices that a bridge knows', () => {
  it('grow up to their bound, and keep what the store knew beyond it', async () => {
    const known = new KnownSensors({ maxDevices: 2 })
    await known.load(storeOf('a', 'b', 'c'))
    expect([known.devices, known.addDevice('c'), known.addDevice('d')]).toEqual([3, true, false])
  })

  it('are forgotten when the store no longer has them and they have been silent since the load before', async () => {
    const known = new KnownSensors({ maxDevices: 3 })
    await known.load(storeOf('removed', 'stays'))
    expect([known.addDevice('removed'), known.addDevice('new')]).toEqual([true, true])
    expect(known.addDevice('too many')).toBe(false)

    await known.load(storeOf('stays'))
    expect(known.devices).toBe(3)
    known.addDevice('new')
    await known.load(storeOf('stays'))
    expect(known.devices).toBe(2)
    expect([known.addSensor('removed', 'x'), known.addSensor('new', 'x')]).toEqual([false, true])
  })

  it('stay as they are while the store is away', async () => {
    const known = new KnownSensors({ maxDevices: 3 })
    await known.load(storeOf('a'))
    const away = { listSensors: () => Promise.reject(new Error('the store is away')) }
    await expect(known.load(away)).rejects.toThrow('the store is away')
    expect(known.devices).toBe(1)
  })
})
