import { createMemoryDeviceStore, createMemoryEventLog, createMemoryFleetChannel } from '@iot/adapter-memory'
import { type DeadLetterRecord, PARTITIONS, TOPICS, type TopicContract } from '@iot/contracts'
import type {
  BrokerMessage,
  DeviceBroker,
  DeviceDoor,
  DeviceIdentity,
  DeviceStore,
  DoorKeeper,
  EventLog,
  PasswordHasher,
} from '@iot/ports'
import { LogError } from '@iot/ports'
import { createMetrics, silentLogger } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import { createBridgePipeline } from './pipeline.js'

const stops: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

/** A door without a wall: tests talk to the keeper. */
function createOpenDoor() {
  let keeper: DoorKeeper | undefined
  const connected = new Set<DeviceIdentity>()
  const door: DeviceDoor = {
    async open(opened) {
      keeper = opened
    },
    port: 0,
    async close() {},
    connections: () => 0,
    identities: () => [...connected],
    disconnect(isOver) {
      const over = [...connected].filter(isOver)
      for (const identity of over) connected.delete(identity)
      return over.length
    },
    inFlight: () => 0,
  }
  return { door, connected, keeper: () => keeper! }
}

const passwords: PasswordHasher = {
  hash: async (password) => `hash of ${password}`,
  verify: async (password, hash) => hash === `hash of ${password}`,
}

async function startBridge(
  more: {
    maxDevices?: number
    allowAnonymous?: boolean
    wrap?: (log: EventLog) => EventLog
    wrapStore?: (devices: DeviceStore) => DeviceStore
    broker?: DeviceBroker
    credentialCheckEveryMs?: number
  } = {},
) {
  const clock = new FakeClock('2026-01-01T00:00:00.000Z')
  const log = createMemoryEventLog({ clock })
  const context = { signal: new AbortController().signal, fail: (error: unknown) => failures.push(error) }
  const failures: unknown[] = []
  await log.start(context)
  stops.push(() => log.stop())
  const devices = createMemoryDeviceStore({ clock })
  const { door, connected, keeper } = createOpenDoor()
  const channel = createMemoryFleetChannel({ logger: silentLogger(), metrics: createMetrics() })
  const bridge = createBridgePipeline({
    log: more.wrap?.(log) ?? log,
    door,
    broker: more.broker,
    devices: more.wrapStore?.(devices) ?? devices,
    passwords,
    clock,
    logger: silentLogger(),
    metrics: createMetrics(),
    channel,
    credentialCheckEveryMs: more.credentialCheckEveryMs ?? 5,
    knownRetryMs: 5,
    config: {
      MQTT_TOPIC_SENSOR_DATA: 'sensor/data',
      MQTT_ALLOW_ANONYMOUS: more.allowAnonymous ?? false,
      MQTT_BROKER_USERNAME: undefined,
      MQTT_BROKER_PASSWORD: undefined,
      MQTT_BROKER_AUTH_DIR: undefined,
      MAX_DEVICES: more.maxDevices ?? 100,
      LOGIN_MAX_FAILURES: 3,
      RETENTION_DAYS: 400,
    },
  })
  await bridge.start(context)
  stops.push(() => bridge.stop())

  function send(topic: string, payload: unknown, identity: DeviceIdentity = { kind: 'anonymous' }) {
    const bytes =
      payload instanceof Uint8Array
        ? payload
        : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload))
    return keeper().accept({ topic, payload: bytes, clientId: 'c', identity, receivedAtMs: clock.nowMs() })
  }

  async function readAll<Value>(topic: TopicContract): Promise<Value[]> {
    const values: Value[] = []
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const records = await log.read<Value>(topic, partition, 0, { maxRecords: 10_000, maxBytes: 1e8 })
      for (const record of records) values.push(record.value)
    }
    return values
  }
  const deadLetters = () => readAll<DeadLetterRecord>(TOPICS.deadLetters)
  return { clock, log, devices, channel, connected, keeper, send, readAll, deadLetters, failures }
}

describe('messages', () => {
  it('become one record per device, durable when accept resolves', async () => {
    const { send, readAll } = await startBridge()
    await send('sensor/data', [
      { deviceId: 'a', t: 1 },
      { deviceId: 'b', t: 2 },
      { deviceId: 'a', t: 3 },
    ])
    const records = await readAll<{ deviceId: string; readings: { value: number }[] }>(TOPICS.sensorsData)
    const values = new Map(
      records.map((record) => [record.deviceId, record.readings.map(({ value }) => value)]),
    )
    expect(values).toEqual(
      new Map([
        ['a', [1, 3]],
        ['b', [2]],
      ]),
    )
  })

  it('of one device are in the log in order of arrival', async () => {
    const { send, readAll } = await startBridge()
    await Promise.all(Array.from({ length: 50 }, (_, n) => send('devices/a/telemetry', { t: n })))
    const records = await readAll<{ readings: { value: number }[] }>(TOPICS.sensorsData)
    expect(records.map((record) => record.readings[0]!.value)).toEqual(
      Array.from({ length: 50 }, (_, n) => n),
    )
  })

  it('on a status topic become status records', async () => {
    const { send, readAll } = await startBridge()
    await send('devices/a/status', 'maintenance')
    expect(await readAll(TOPICS.deviceStatus)).toEqual([
      { deviceId: 'a', status: 'maintenance', timestamp: '2026-01-01T00:00:00.000Z', cause: 'reported' },
    ])
  })

  it('that can’t be read are dead letters, whole, with topic, client and reason', async () => {
    const { send, deadLetters } = await startBridge()
    await send('devices/a/telemetry', 'nonsense')
    expect(await deadLetters()).toMatchObject([
      { reason: 'not-json', topic: 'devices/a/telemetry', clientId: 'c', payload: 'nonsense' },
    ])
  })

  it.each<[string, string, unknown, string]>([
    ['an unknown topic', 'elsewhere', '{"deviceId":"a","t":1}', 'unknown-topic'],
    ['a bad device id in the topic', 'devices/a b/telemetry', '{"t":1}', 'bad-device-id'],
    ['an empty payload', 'devices/a/telemetry', '', 'empty'],
    ['an empty status', 'devices/a/status', '', 'empty'],
    ['a status nobody knows', 'devices/a/status', 'asleep', 'bad-status'],
  ])('%s is a dead letter', async (_, topic, payload, reason) => {
    const { send, deadLetters } = await startBridge()
    await send(topic, payload)
    expect((await deadLetters()).map((letter) => letter.reason)).toEqual([reason])
  })

  it('keep bytes that are no text as base64', async () => {
    const { send, deadLetters } = await startBridge()
    for (const bytes of [
      new Uint8Array([0xff, 0x00]),
      new Uint8Array([0x61, 0x00]),
      new Uint8Array([0xef, 0xbb, 0xbf]),
    ]) {
      await send('elsewhere', bytes)
      const letter = (await deadLetters()).at(-1)!
      expect(letter.payload).toBeUndefined()
      expect(new Uint8Array(Buffer.from(letter.payloadBase64!, 'base64'))).toEqual(bytes)
    }
  })

  it('with one bad element are taken but for that element, which is kept as it was sent', async () => {
    const { send, readAll, deadLetters } = await startBridge()
    await send('sensor/data', '[{"deviceId":"a","t":1},{"deviceId":"a","t":1e999}]')
    expect(await readAll(TOPICS.sensorsData)).toHaveLength(1)
    expect((await deadLetters())[0]).toMatchObject({
      reason: 'bad-value',
      payload: '{"deviceId":"a","t":1e999}',
    })
  })

  it('with a topic or client id that fits nowhere are dead letters all the same', async () => {
    const { send, deadLetters } = await startBridge()
    await send(`x\u0000/${'\u{1F600}'.repeat(2_000)}`, '1')
    expect(await deadLetters()).toHaveLength(1)
  })
})

describe('bounds', () => {
  it('devices beyond MAX_DEVICES are dead letters that can be replayed, the known ones go on', async () => {
    const { send, readAll, deadLetters } = await startBridge({ maxDevices: 2 })
    await send('sensor/data', [
      { deviceId: 'a', t: 1 },
      { deviceId: 'b', t: 1 },
      { deviceId: 'c', t: 1, unit: 'x', location: 'Hall' },
    ])
    await send('devices/c/status', 'online')
    await send('sensor/data', { deviceId: 'a', t: 2 })
    expect(await readAll(TOPICS.sensorsData)).toHaveLength(3)
    const letters = await deadLetters()
    expect(letters.map((letter) => letter.reason)).toEqual(['too-many-devices', 'too-many-devices'])
    const replayable = letters.find((letter) => letter.topic === 'sensor/data')!
    expect(JSON.parse(replayable.payload!)).toMatchObject({
      deviceId: 'c',
      location: 'Hall',
      readings: [{ sensorType: 't', value: 1 }],
    })
  })

  it('the 257th sensor of a device is a dead letter, the first 256 are not', async () => {
    const { send, readAll, deadLetters } = await startBridge()
    const sensors = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`s${n}`, n]))
    await send('devices/a/telemetry', sensors(256))
    expect(await deadLetters()).toEqual([])
    await send('devices/a/telemetry', { s0: 5, extra: 7 })
    const [letter] = await deadLetters()
    expect(letter).toMatchObject({ reason: 'too-many-sensors' })
    expect(JSON.parse(letter!.payload!).readings).toMatchObject([{ sensorType: 'extra', value: 7 }])
    const records = await readAll<{ readings: unknown[] }>(TOPICS.sensorsData)
    expect(records.map((record) => record.readings.length)).toEqual([256, 1])
  })
})

describe('a log in trouble', () => {
  function refusing(error: LogError, times: number) {
    let left = times
    return (log: EventLog): EventLog =>
      Object.assign(Object.create(log) as EventLog, {
        epoch: log.epoch,
        read: log.read.bind(log),
        append: (topic: TopicContract, key: string, value: unknown) =>
          topic === TOPICS.sensorsData && left-- > 0 ? Promise.reject(error) : log.append(topic, key, value),
      })
  }

  it('makes accept reject, so that the device sends again', async () => {
    const { send, readAll } = await startBridge({
      wrap: refusing(new LogError('LOG_UNAVAILABLE', 'away'), 1),
    })
    await expect(send('sensor/data', { deviceId: 'a', t: 1 })).rejects.toThrow('away')
    await send('sensor/data', { deviceId: 'a', t: 1 })
    expect(await readAll(TOPICS.sensorsData)).toHaveLength(1)
  })

  it('that refuses a record for its shape makes it a dead letter', async () => {
    const { send, deadLetters, failures } = await startBridge({
      wrap: refusing(new LogError('LOG_SCHEMA', 'a field too many'), 1),
    })
    await send('sensor/data', { deviceId: 'a', t: 1 })
    expect(await deadLetters()).toMatchObject([{ reason: 'bad-shape', detail: 'a field too many' }])
    expect(failures).toEqual([])
  })

  it('that another process has taken ends this one', async () => {
    const { send, failures } = await startBridge({ wrap: refusing(new LogError('LOG_FENCED', 'taken'), 1) })
    await expect(send('sensor/data', { deviceId: 'a', t: 1 })).rejects.toThrow('taken')
    expect(failures).toMatchObject([{ code: 'LOG_FENCED' }])
  })
})

describe('who comes in', () => {
  it.each([
    ['127.0.0.1', false, 'anonymous'],
    ['127.8.9.10', false, 'anonymous'],
    ['::1', false, 'anonymous'],
    ['192.168.1.7', false, 'refused'],
    ['127.0.0.1.example', false, 'refused'],
    ['192.168.1.7', true, 'anonymous'],
  ])('without credentials from %s, anonymous allowed: %s → %s', async (address, allowAnonymous, expected) => {
    const { keeper } = await startBridge({ allowAnonymous })
    const identity = await keeper().authenticate({ clientId: 'c', address })
    expect(typeof identity === 'string' ? identity : identity.kind).toBe(expected)
  })

  it('is known by username and password, and never let in by a wrong one', async () => {
    const { keeper, devices } = await startBridge({ allowAnonymous: true })
    await devices.create({ deviceId: 'pump-1' })
    const passwordHash = await passwords.hash('right')
    const credential = { deviceId: 'pump-1', kind: 'gateway', username: 'u', passwordHash } as const
    const { id } = await devices.createCredential(credential)
    const attempt = { clientId: 'c', address: '127.0.0.1', username: 'u' }
    expect(await keeper().authenticate({ ...attempt, password: 'right' })).toEqual({
      kind: 'gateway',
      deviceId: 'pump-1',
      credentialId: id,
    })
    expect(await keeper().authenticate({ ...attempt, password: 'wrong' })).toBe('refused')
    expect(await keeper().authenticate(attempt)).toBe('refused')
    expect(await keeper().authenticate({ ...attempt, username: 'v', password: 'right' })).toBe('refused')
  })

  it('waits after too many wrong passwords, even with the right one, at that address alone', async () => {
    const { keeper, devices, clock } = await startBridge()
    await devices.create({ deviceId: 'pump-1' })
    const passwordHash = await passwords.hash('right')
    await devices.createCredential({ deviceId: 'pump-1', kind: 'device', username: 'u', passwordHash })
    const attempt = { clientId: 'c', address: '203.0.113.7', username: 'u', password: 'right' }
    const connect = (more = {}) => keeper().authenticate({ ...attempt, ...more })
    for (let n = 0; n < 3; n++) expect(await connect({ password: `${n}` })).toBe('refused')
    expect(await connect()).toBe('refused')
    expect(await connect({ address: '203.0.113.8' })).toMatchObject({ deviceId: 'pump-1' })
    clock.advance(15 * 60_000)
    expect(await connect()).toMatchObject({ deviceId: 'pump-1' })
  })

  it('is sent away, and not let in again by a password that was right, when the credential is removed', async () => {
    const { keeper, devices, connected } = await startBridge()
    const passwordHash = await passwords.hash('right')
    const credential = { deviceId: 'pump-1', kind: 'device', username: 'u', passwordHash } as const
    const { id } = await devices.createCredential(credential)
    const attempt = { clientId: 'c', address: '127.0.0.1', username: 'u', password: 'right' }
    const identity = await keeper().authenticate(attempt)
    if (identity === 'refused') throw new Error('it should have been let in')
    connected.add(identity)
    await devices.removeCredential('pump-1', id)
    expect(await keeper().authenticate(attempt)).toBe('refused')
    await until('it is sent away', () => connected.size === 0)
  })

  it('is sent away at once with its device, where the bridge is told', async () => {
    const { devices, channel, connected } = await startBridge({ credentialCheckEveryMs: 3_600_000 })
    const credential = { deviceId: 'pump-1', kind: 'device', username: 'u', passwordHash: 'h' } as const
    const { id: credentialId } = await devices.createCredential(credential)
    connected.add({ kind: 'device', deviceId: 'pump-1', credentialId })
    await devices.remove('pump-1')
    await channel.send({ kind: 'credentials-removed', deviceId: 'pump-1' })
    await until('it is sent away', () => connected.size === 0)
  })
})

describe('messages of a broker', () => {
  it('are taken like those of the door: the topic says which device it was', async () => {
    let say: ((message: BrokerMessage) => Promise<void>) | undefined
    const broker: DeviceBroker = {
      async open(onMessage) {
        say = onMessage
      },
      async close() {
        say = undefined
      },
      connected: () => say !== undefined,
      inFlight: () => 0,
    }
    const { readAll, deadLetters } = await startBridge({ broker })
    await until('it reads', () => say !== undefined)
    const tell = (topic: string, payload: string) =>
      say!({ topic, payload: Buffer.from(payload), receivedAtMs: Date.parse('2026-01-01T00:00:00.000Z') })
    await tell('devices/a/telemetry', '{"t":1}')
    await tell('sensor/data', '{"deviceId":"b","t":2}')
    await tell('devices/a/status', 'offline')
    await tell('sensor/data', 'nonsense')
    const records = await readAll<{ deviceId: string }>(TOPICS.sensorsData)
    expect(records.map(({ deviceId }) => deviceId).sort()).toEqual(['a', 'b'])
    expect(await readAll(TOPICS.deviceStatus)).toMatchObject([{ deviceId: 'a', status: 'offline' }])
    expect(await deadLetters()).toMatchObject([{ topic: 'sensor/data', clientId: 'mqtt-broker' }])
  })
})

describe('a store that is away at the start', () => {
  it('lets in who needs no credential, turns nobody away for good, and is asked until it is back', async () => {
    const state = { isAway: true }
    let asked = 0
    const wrapStore = (devices: DeviceStore): DeviceStore => ({
      ...devices,
      async listSensors(query) {
        asked += 1
        if (state.isAway) throw new Error('away')
        return devices.listSensors(query)
      },
      async findCredential(username) {
        if (state.isAway) throw new Error('away')
        return devices.findCredential(username)
      },
    })
    const { keeper, send, readAll, devices, deadLetters } = await startBridge({ wrapStore, maxDevices: 2 })
    await devices.create({ deviceId: 'old' })
    const attempt = { clientId: 'c', address: '127.0.0.1' }
    expect(await keeper().authenticate(attempt)).toEqual({ kind: 'anonymous' })
    await expect(keeper().authenticate({ ...attempt, username: 'u', password: 'p' })).rejects.toThrow('away')
    await send('devices/a/telemetry', { t: 1 })
    expect(await readAll(TOPICS.sensorsData)).toHaveLength(1)
    await until('it was asked again', () => asked > 2)
    state.isAway = false
    const whenBack = asked
    await until('it has answered', () => asked > whenBack)
    await until('a third device is one too many', async () => {
      await send('devices/b/telemetry', { t: 1 })
      return (await deadLetters()).some(({ reason }) => reason === 'too-many-devices')
    })
  })
})
