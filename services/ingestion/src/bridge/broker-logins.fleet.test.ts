import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { createMemoryDeviceStore } from '@iot/adapter-memory'
import type { CredentialKind } from '@iot/contracts'
import { brokerVerifier, silentLogger } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { type StartedMosquitto, startMosquitto } from '@iot/testkit/containers/start-mosquitto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import mqttPacket, { type Packet } from 'mqtt-packet'
import { createBrokerLogins } from './broker-logins.js'

/** A new or removed credential is in force within 5 s; twice that on a machine that is not alone. */
const WITHIN_MS = 10_000
const NOT_AUTHORIZED = 0x87
const READER = { username: 'bridge', password: 'the reader’s own' }
const PASSWORD = 'what-the-device-knows'

const store = createMemoryDeviceStore({ clock: new FakeClock() })
const sockets = new Set<Socket>()
let mosquitto: StartedMosquitto
let logins: ReturnType<typeof createBrokerLogins>

beforeAll(async () => {
  mosquitto = await startMosquitto()
  logins = createBrokerLogins({
    devices: store,
    folder: mosquitto.authDir,
    ...READER,
    allowAnonymous: false,
    sharedTopic: 'sensor/data',
    logger: silentLogger(),
  })
  await logins.start()
})
afterAll(async () => {
  await logins.stop()
  await mosquitto.stop()
})
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
})

/** A client of MQTT 5, which is told what it may not. */
async function connect(login?: { username: string; password: string }) {
  const socket = connectTcp({ host: '127.0.0.1', port: mosquitto.port })
  sockets.add(socket)
  const received: Packet[] = []
  const parser = mqttPacket.parser({ protocolVersion: 5 })
  const state = { isClosed: false }
  parser.on('packet', (packet) => received.push(packet))
  socket.on('data', (bytes) => parser.parse(bytes))
  socket.on('error', () => {})
  socket.on('close', () => {
    state.isClosed = true
  })
  await once(socket, 'connect')
  const send = (packet: Packet) => socket.write(mqttPacket.generate(packet, { protocolVersion: 5 }))
  send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 5,
    clean: true,
    clientId: `client-${sockets.size}-${Math.random()}`,
    keepalive: 0,
    ...(login && { username: login.username, password: Buffer.from(login.password) }),
  })
  async function answer(cmd: Packet['cmd']): Promise<{ reasonCode?: number }> {
    const packet = await until(
      `${cmd} came, or an end`,
      () => received.find((one) => one.cmd === cmd) ?? (state.isClosed && 'closed'),
    )
    if (packet === 'closed') throw new Error(`the broker has ended the connection instead of saying ${cmd}`)
    received.splice(received.indexOf(packet), 1)
    return packet as { reasonCode?: number }
  }
  async function publish(topic: string): Promise<number> {
    send({ cmd: 'publish', topic, payload: '{"t":1}', qos: 1, messageId: 1, dup: false, retain: false })
    return (await answer('puback')).reasonCode ?? 0
  }
  function subscribe(topic: string) {
    send({ cmd: 'subscribe', messageId: 2, subscriptions: [{ topic, qos: 1 }] })
    return answer('suback')
  }
  const { reasonCode = 0 } = await answer('connack')
  return { reasonCode, publish, subscribe, received, state }
}

async function addCredential(deviceId: string, kind: CredentialKind = 'device') {
  const username = `${deviceId.replaceAll(':', '_')}-login`
  const verifier = await brokerVerifier(PASSWORD)
  const made = await store.createCredential({
    deviceId,
    kind,
    username,
    passwordHash: 'h',
    brokerVerifier: verifier,
  })
  const login = { username, password: PASSWORD }
  const begun = performance.now()
  await until('it is let in', async () => (await connect(login)).reasonCode === 0, {
    withinMs: 2 * WITHIN_MS,
  })
  return { ...made, login, tookMs: performance.now() - begun }
}

describe('Mosquitto, as the fleet runs it', () => {
  it('refuses who has no login, and who has a wrong one', async () => {
    expect((await connect()).reasonCode).toBe(NOT_AUTHORIZED)
    expect((await connect({ username: 'bridge', password: 'guess' })).reasonCode).toBe(NOT_AUTHORIZED)
    expect((await connect({ username: 'nobody', password: PASSWORD })).reasonCode).toBe(NOT_AUTHORIZED)
  })

  it('lets a new credential in within seconds, to its own topics and no others', async () => {
    const { login, tookMs } = await addCredential('pump:1')
    expect(tookMs).toBeLessThan(WITHIN_MS)
    expect((await connect({ ...login, password: 'guess' })).reasonCode).toBe(NOT_AUTHORIZED)
    const device = await connect(login)
    for (const topic of ['telemetry', 'status', 'commands/ack']) {
      expect(await device.publish(`devices/pump:1/${topic}`)).not.toBe(NOT_AUTHORIZED)
    }
    for (const topic of ['sensor/data', 'devices/pump:2/telemetry', 'devices/pump:1/commands', 'elsewhere']) {
      // after each the broker ends the connection, as the listener does
      const stranger = await connect(login)
      expect(await stranger.publish(topic)).toBe(NOT_AUTHORIZED)
      await until('the connection has ended', () => stranger.state.isClosed)
    }
  })

  it('lets a gateway name any device on the shared topic, and the reader read', async () => {
    const { login } = await addCredential('hall', 'gateway')
    await until('the reader is let in', async () => (await connect(READER)).reasonCode === 0)
    const reader = await connect(READER)
    for (const topic of ['sensor/data', 'devices/+/telemetry']) await reader.subscribe(topic)
    const gateway = await connect(login)
    expect(await gateway.publish('sensor/data')).toBe(0)
    expect(await gateway.publish('devices/hall/telemetry')).toBe(0)
    expect(await gateway.publish('devices/other/telemetry')).toBe(NOT_AUTHORIZED)
    await until('the reader has both', () => reader.received.length === 2)
    expect(await reader.publish('sensor/data')).toBe(NOT_AUTHORIZED)
  })

  it('hands a device nothing of what others publish', async () => {
    const { login: mine } = await addCredential('spy')
    const { login: other } = await addCredential('target')
    const spy = await connect(mine)
    await spy.subscribe('#')
    const target = await connect(other)
    await target.publish('devices/target/telemetry')
    expect(await spy.publish('devices/spy/telemetry')).not.toBe(NOT_AUTHORIZED)
    expect(spy.received.filter(({ cmd }) => cmd === 'publish')).toEqual([])
  })

  it('ends the connection of a removed credential within seconds, and lets it in no more', async () => {
    const { id, login } = await addCredential('gone')
    const stays = await connect((await addCredential('stays')).login)
    const gone = await connect(login)
    const begun = performance.now()
    await store.removeCredential('gone', id)
    await until('its connection has ended', () => gone.state.isClosed, { withinMs: 2 * WITHIN_MS })
    expect(performance.now() - begun).toBeLessThan(WITHIN_MS)
    expect((await connect(login)).reasonCode).toBe(NOT_AUTHORIZED)
    expect(stays.state.isClosed).toBe(false)
    expect(await stays.publish('devices/stays/telemetry')).not.toBe(NOT_AUTHORIZED)
  })

  it('knows them still after a restart', async () => {
    const { login } = await addCredential('lasting')
    mosquitto.halt()
    mosquitto.restart()
    await until('it is let in', async () => (await connect(login)).reasonCode === 0)
  })
})
