import { createMemoryDeviceStore } from '@iot/adapter-memory'
import type { DeviceIdentity } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import { createCredentialCheck } from './credential-check.js'

let stop = () => {}
afterEach(() => stop())

function startCheck(everyMs = 1) {
  const store = createMemoryDeviceStore({ clock: new FakeClock() })
  const connected = new Set<DeviceIdentity>()
  const questions: number[] = []
  const state = { isAway: false }
  const check = createCredentialCheck({
    door: {
      identities: () => [...connected],
      disconnect: (isOver) => {
        const over = [...connected].filter(isOver)
        for (const identity of over) connected.delete(identity)
        return over.length
      },
    },
    devices: {
      keptCredentials: (ids) => {
        questions.push(ids.length)
        return state.isAway ? Promise.reject(new Error('away')) : store.keptCredentials(ids)
      },
    },
    logger: silentLogger(),
    everyMs,
  })
  check.start()
  stop = check.stop

  async function connect(deviceId: string, username: string): Promise<DeviceIdentity> {
    const made = await store.createCredential({ deviceId, kind: 'device', username, passwordHash: 'h' })
    const identity = { kind: 'device', deviceId, credentialId: made.id } as const
    connected.add(identity)
    return identity
  }
  /** Until a check that began after this call has ended, since they come one after another. */
  async function another() {
    const asked = questions.length
    await until('it has asked again', () => questions.length > asked + 1)
  }
  return { check, store, connected, questions, state, connect, another }
}

describe('the check of the credentials of open connections', () => {
  it('ends those of a removed credential and of a removed device, and no other', async () => {
    const { store, connected, connect, another } = startCheck()
    const anonymous: DeviceIdentity = { kind: 'anonymous' }
    connected.add(anonymous)
    const stays = await connect('a', 'a-1')
    const gone = await connect('a', 'a-2')
    await connect('b', 'b-1')
    await another()
    expect(connected.size).toBe(4)
    await store.removeCredential('a', (gone as { credentialId: string }).credentialId)
    await store.remove('b')
    await until('two are gone', () => connected.size === 2)
    await another()
    expect([...connected]).toEqual([anonymous, stays])
  })

  it('ends nothing while the store is away, and catches up when it is back', async () => {
    const { store, connected, state, connect, another } = startCheck()
    await connect('a', 'a-1')
    state.isAway = true
    await store.remove('a')
    await another()
    expect(connected.size).toBe(1)
    state.isAway = false
    await until('it is gone', () => connected.size === 0)
  })

  it('looks at once when it is told to, and again where it was told while it looked', async () => {
    const { check, store, connected, questions, connect } = startCheck(3_600_000)
    await connect('a', 'a-1')
    check.look()
    await store.remove('a')
    check.look()
    await until('it is gone', () => connected.size === 0)
    expect(questions.length).toBeLessThanOrEqual(2)
  })

  it('asks once for each credential, 1 000 at a time', async () => {
    const { connected, questions, connect, another } = startCheck()
    const shared = await connect('a', 'a-0')
    for (let n = 1; n < 1_500; n++) await connect('a', `a-${n}`)
    for (let n = 0; n < 1_500; n++) connected.add({ ...shared })
    questions.length = 0
    await another()
    await until('a whole check was seen', () => questions.length >= 4)
    expect(new Set(questions)).toEqual(new Set([1_000, 500]))
    expect(connected.size).toBe(3_000)
  })
})
