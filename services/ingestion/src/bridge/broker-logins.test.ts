import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryDeviceStore } from '@iot/adapter-memory'
import { StartError, silentLogger } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type BrokerLoginsDeps, createBrokerLogins } from './broker-logins.js'

let folder: string
const stops: (() => Promise<void>)[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iot-logins-'))
})
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
  await rm(folder, { recursive: true, force: true })
})

async function startLogins(more: Partial<BrokerLoginsDeps> = {}) {
  const store = createMemoryDeviceStore({ clock: new FakeClock() })
  const state = { isAway: false }
  const logins = createBrokerLogins({
    devices: {
      listBrokerLogins: (query) => store.listBrokerLogins(query),
      brokerLoginsVersion: () =>
        state.isAway ? Promise.reject(new Error('away')) : store.brokerLoginsVersion(),
    },
    folder,
    username: 'bridge',
    password: 'a password',
    allowAnonymous: false,
    sharedTopic: 'sensor/data',
    logger: silentLogger(),
    everyMs: 5,
    ...more,
  })
  await logins.start()
  stops.push(logins.stop)
  const add = (deviceId: string, username: string, kind: 'device' | 'gateway' = 'device') =>
    store.createCredential({
      deviceId,
      kind,
      username,
      passwordHash: 'h',
      brokerVerifier: `$7$1$${username}$`,
    })
  return { store, state, add }
}

const read = (name: string) => readFile(join(folder, name), 'utf8')
const has = (name: string, text: string) => async () => (await read(name)).includes(text)

describe('the logins of the broker', () => {
  it('begin with the reader, who may read what devices publish', async () => {
    await startLogins()
    expect(await read('passwords')).toMatch(/^bridge:\$7\$10000\$[A-Za-z0-9+/]+=*\$[A-Za-z0-9+/]+=*\n$/)
    expect(await read('acl')).toBe(
      [
        'user bridge',
        'topic read sensor/data',
        'topic read devices/+/telemetry',
        'topic read devices/+/status',
        'topic read devices/+/commands/ack',
        '',
      ].join('\n'),
    )
  })

  it('follow the credentials: each device its own topics, a gateway the shared one too', async () => {
    const { add, store } = await startLogins()
    await add('pump', 'pump-1')
    const gone = await add('hall', 'hall-1', 'gateway')
    await until('both are there', has('passwords', 'pump-1:$7$1$pump-1$\n'))
    expect(await read('passwords')).toContain('hall-1:')
    const own = (deviceId: string) =>
      `topic write devices/${deviceId}/telemetry\ntopic write devices/${deviceId}/status\n` +
      `topic write devices/${deviceId}/commands/ack\ntopic read devices/${deviceId}/commands\n`
    expect(await read('acl')).toContain(`user hall-1\ntopic write sensor/data\n${own('hall')}`)
    expect(await read('acl')).toContain(`user pump-1\n${own('pump')}`)
    await store.removeCredential('hall', gone.id)
    await until('it is gone', async () => !(await has('passwords', 'hall-1')()))
    expect(await read('acl')).not.toContain('hall')
  })

  it('let everybody publish whom no login names, where that is wanted alone', async () => {
    await startLogins({ allowAnonymous: true, username: undefined })
    expect(await read('passwords')).toBe('')
    expect((await read('acl')).split('\n')).toEqual([
      'topic write sensor/data',
      'topic write devices/+/telemetry',
      'topic write devices/+/status',
      'topic write devices/+/commands/ack',
      'topic read devices/+/commands',
      '',
    ])
  })

  it('leave out names that would be something else in the files', async () => {
    const { add } = await startLogins()
    for (const name of ['a:b', 'a\nuser c', 'a b', '#a', 'bridge']) await add('x', name)
    await add('y', 'whole')
    await until('the whole one is there', has('passwords', 'whole:'))
    expect((await read('passwords')).match(/^[^:]*/gm)).toEqual(['bridge', 'whole', ''])
    expect((await read('acl')).match(/^user .*$/gm)).toEqual(['user bridge', 'user whole'])
  })

  it('stay as they are while the store is away, from before the start too, and follow when it is back', async () => {
    await writeFile(join(folder, 'passwords'), 'kept')
    const state = { isAway: true }
    const store = createMemoryDeviceStore({ clock: new FakeClock() })
    let asked = 0
    await startLogins({
      devices: {
        listBrokerLogins: (query) => store.listBrokerLogins(query),
        async brokerLoginsVersion() {
          asked += 1
          if (state.isAway) throw new Error('away')
          return store.brokerLoginsVersion()
        },
      },
    })
    await until('it has asked often', () => asked > 3)
    expect(await read('passwords')).toBe('kept')
    state.isAway = false
    await until('they are written', has('passwords', 'bridge:'))
  })

  it('are readable for the broker, whole at any time, and not written again for nothing', async () => {
    const { add } = await startLogins()
    await add('pump', 'pump-1')
    await until('it is there', has('passwords', 'pump-1:'))
    const before = await stat(join(folder, 'passwords'))
    expect(before.mode & 0o777).toBe(0o644)
    await startLogins({ devices: { listBrokerLogins: async () => [], brokerLoginsVersion: async () => 'x' } })
    await until('they are the other’s', async () => !(await has('passwords', 'pump-1:')()))
    expect((await stat(join(folder, 'passwords'))).ino).not.toBe(before.ino)
    const same = await stat(join(folder, 'passwords'))
    await startLogins({ devices: { listBrokerLogins: async () => [], brokerLoginsVersion: async () => 'y' } })
    expect((await stat(join(folder, 'passwords'))).ino).toBe(same.ino)
    expect((await readdir(folder)).sort()).toEqual(['acl', 'passwords'])
  })

  it('say what to do where the folder can’t be written, or a name has no place in the files', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    await expect(startLogins({ folder: join(file, 'in') })).rejects.toThrow(/MQTT_BROKER_AUTH_DIR/)
    await mkdir(join(folder, 'passwords'))
    await expect(startLogins()).rejects.toThrow(StartError)
    await expect(startLogins({ username: 'a:b' })).rejects.toThrow(/MQTT_BROKER_USERNAME/)
    await expect(startLogins({ sharedTopic: 'a\nuser b' })).rejects.toThrow(/MQTT_TOPIC_SENSOR_DATA/)
  })
})
