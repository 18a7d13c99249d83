import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import type { ConnectAttempt } from '@iot/ports'
import { type Logger, StartError, silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import mqttPacket from 'mqtt-packet'
import { createMqttListener } from './mqtt-listener.js'
import { parseProxyLine } from './read-proxy-line.js'

const ended: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end()
})

const CONNECT = mqttPacket.generate({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: true,
  clientId: 'c',
  keepalive: 0,
})
const LINE = 'PROXY TCP4 203.0.113.9 10.0.0.2 51000 1884\r\n'

async function openListener(trustedProxies: string, connectTimeoutMs = 10_000) {
  const attempts: ConnectAttempt[] = []
  const warnings: object[] = []
  const log = Object.assign(Object.create(silentLogger()) as Logger, {
    warn: (facts: object) => warnings.push(facts),
  })
  const door = createMqttListener({
    host: '127.0.0.1',
    port: 0,
    maxPacketBytes: 65_536,
    maxConnections: 100,
    maxInFlight: 64,
    maxInFlightBytes: 16_777_216,
    messagesPerSecond: 10_000,
    connectTimeoutMs,
    trustedProxies,
    log,
  })
  await door.open({
    async authenticate(attempt) {
      attempts.push(attempt)
      return { kind: 'anonymous' }
    },
    mayPublish: () => true,
    maySubscribe: () => true,
    accept: async () => {},
  })
  ended.push(() => door.close(100))

  async function connect() {
    const socket = connectTcp({ host: '127.0.0.1', port: door.port })
    socket.on('error', () => {})
    ended.push(() => socket.destroy())
    const state = { received: Buffer.alloc(0), isClosed: false }
    socket.on('data', (bytes) => {
      state.received = Buffer.concat([state.received, bytes])
    })
    socket.on('close', () => {
      state.isClosed = true
    })
    await once(socket, 'connect')
    return { socket, state }
  }
  return { door, attempts, warnings, connect }
}

const CONNACK = Buffer.from([0x20, 2, 0, 0])

describe('a connection through a trusted proxy', () => {
  it.each([
    ['in one piece', [Buffer.concat([Buffer.from(LINE), CONNECT])]],
    ['in two', [Buffer.from(LINE), CONNECT]],
    ['byte by byte', [...Buffer.concat([Buffer.from(LINE), CONNECT])].map((byte) => Buffer.from([byte]))],
  ])('has the address that the proxy says, its line and CONNECT %s', async (_, pieces) => {
    const { attempts, connect } = await openListener('127.0.0.0/8')
    const { socket, state } = await connect()
    socket.setNoDelay(true)
    for (const piece of pieces) {
      await new Promise((resolve) => socket.write(piece, resolve))
    }
    await until('it is let in', () => state.received.equals(CONNACK))
    expect(attempts).toMatchObject([{ clientId: 'c', address: '203.0.113.9' }])
  })

  it('has the proxy’s own address where the proxy speaks for itself', async () => {
    const { attempts, connect } = await openListener('127.0.0.1')
    const { socket, state } = await connect()
    socket.write(Buffer.concat([Buffer.from('PROXY UNKNOWN\r\n'), CONNECT]))
    await until('it is let in', () => state.received.equals(CONNACK))
    expect(attempts).toMatchObject([{ address: '127.0.0.1' }])
  })

  it.each([
    ['CONNECT without a line', CONNECT],
    ['a line without an address', Buffer.from('PROXY TCP4 x y 1 2\r\n')],
    ['a line without an end', Buffer.alloc(200, 'PROXY ')],
  ])('ends with one warning for %s', async (_, bytes) => {
    const { attempts, warnings, connect } = await openListener('127.0.0.1')
    const both = [await connect(), await connect()]
    for (const { socket } of both) socket.write(bytes)
    await until('they have ended', () => both.every(({ state }) => state.isClosed))
    expect(warnings).toEqual([{ address: '127.0.0.1', connections: 1, fault: 'malformed' }])
    expect(attempts).toEqual([])
  })

  it('ends when the line does not come in time', async () => {
    const { warnings, connect } = await openListener('127.0.0.1', 100)
    const { state } = await connect()
    await until('it has ended', () => state.isClosed)
    expect(warnings).toMatchObject([{ fault: 'timeout' }])
  })

  it('may be a health check, about which nothing is said', async () => {
    const { door, warnings, connect } = await openListener('127.0.0.1')
    for (const bytes of ['', 'PROXY UNKNOWN\r\n', LINE]) {
      const { socket, state } = await connect()
      socket.end(bytes)
      await until('it has ended', () => state.isClosed)
    }
    expect(warnings).toEqual([])
    expect(door.connections()).toBe(0)
  })

  it('is closed with the door while its line is awaited', async () => {
    const { door, connect } = await openListener('127.0.0.1')
    const { state } = await connect()
    await door.close(100)
    await until('it has ended', () => state.isClosed)
  })
})

describe('a connection from anywhere else', () => {
  it('has its own address, and no say about it', async () => {
    const { attempts, warnings, connect } = await openListener('10.0.0.0/8', 2_000)
    const liar = await connect()
    liar.socket.write(Buffer.concat([Buffer.from(LINE), CONNECT]))
    const honest = await connect()
    honest.socket.write(CONNECT)
    await until('the other is let in', () => honest.state.received.equals(CONNACK))
    await until('it has ended', () => liar.state.isClosed)
    expect(attempts).toMatchObject([{ address: '127.0.0.1' }])
    expect(warnings).toEqual([])
  })

  it('is told from proxies by addresses and networks alone', async () => {
    await expect(openListener('haproxy')).rejects.toThrow(StartError)
    await expect(openListener('haproxy')).rejects.toThrow(/MQTT_TRUST_PROXY: “haproxy”/)
  })
})

describe('the line', () => {
  it.each([
    ['PROXY TCP6 2001:db8::7 2001:db8::1 1 65535\r\n', '2001:db8::7'],
    ['PROXY UNKNOWN ff ff\r\n', undefined],
    ['PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n', 'malformed'],
    ['PROXY TCP4 203.0.113.9 10.0.0.2 51000 65536\r\n', 'malformed'],
    ['PROXY TCP4 203.0.113.9 10.0.0.2 51000 1884\n', 'malformed'],
    ['PROXY TCP4 203.0.113.9 10.0.0.2 51000\r\n', 'malformed'],
    ['PROXY UDP4 203.0.113.9 10.0.0.2 51000 1884\r\n', 'malformed'],
    ['proxy TCP4 203.0.113.9 10.0.0.2 51000 1884\r\n', 'malformed'],
  ])('%j is read as %s', (line, address) => {
    expect(parseProxyLine(line)).toBe(address)
  })
})
