import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import type { DeadLetterPage } from '@iot/contracts'
import { until } from '@iot/testkit'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { MqttClient } from 'mqtt'
import mqttPacket from 'mqtt-packet'
import { type Api, readAll, setUp } from '../harness/api.js'
import { connectDevice, endDevices, publish } from '../harness/devices.js'
import { metricOf } from '../harness/metrics.js'
import { say } from '../harness/say.js'
import { ask, openSocket } from '../harness/sockets.js'
import { prepareSystem, type System } from '../harness/system.js'
import { expectStored } from '../ledger/expect-stored.js'
import { type Publisher, startPublisher } from '../ledger/start-publisher.js'

let system: System
let api: Api
let steady: Publisher
let device: MqttClient
let pid: number | undefined

beforeAll(async () => {
  system = await prepareSystem({ RATE_LIMIT_MAX_REQUESTS: '100000', USER_RATE_LIMIT_PER_MINUTE: '100000' })
  system.launch()
  await system.ready()
  pid = system.pid()
  api = await setUp(system)
  device = await connectDevice(system)
  steady = await startPublisher(system, { prefix: 'steady', devices: 5, rate: 100, maxOpen: 500 })
})
afterAll(async () => {
  steady?.kill()
  endDevices()
  await system.dispose()
})

/** Sends bytes to a port; resolves when the other side has hung up, or after a while. */
function throwAt(port: number, ...pieces: (Buffer | string)[]): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      for (const piece of pieces) socket.write(piece)
    })
    const enough = setTimeout(() => socket.destroy(), 1_000)
    socket.on('error', () => {})
    socket.resume()
    socket.once('close', () => {
      clearTimeout(enough)
      resolve()
    })
  })
}

describe('garbage', () => {
  const hello = mqttPacket.generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId: 'rude',
    keepalive: 0,
  })

  it('on the MQTT port ends its own connection alone', async () => {
    const half = mqttPacket.generate({
      cmd: 'publish',
      topic: 'sensor/data',
      payload: 'x'.repeat(500),
      qos: 1,
      messageId: 1,
      dup: false,
      retain: false,
    })
    const tooLarge = Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])
    const badLength = Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0xff])
    const wildcard = mqttPacket.generate({
      cmd: 'publish',
      topic: 'a',
      payload: '',
      qos: 0,
      dup: false,
      retain: false,
    })
    wildcard[wildcard.length - 1] = 0x23
    await Promise.all([
      ...Array.from({ length: 40 }, (_, at) => throwAt(system.mqttPort, randomBytes(1 + at * 97))),
      ...Array.from({ length: 40 }, (_, at) => throwAt(system.mqttPort, hello, randomBytes(1 + at * 97))),
      throwAt(system.mqttPort, hello.subarray(0, 7)),
      throwAt(system.mqttPort, hello, half.subarray(0, 100)),
      throwAt(system.mqttPort, hello, tooLarge),
      throwAt(system.mqttPort, hello, badLength),
      throwAt(system.mqttPort, hello, hello),
      throwAt(system.mqttPort, hello, wildcard),
      throwAt(system.mqttPort, 'GET / HTTP/1.1\r\nHost: here\r\n\r\n'),
    ])
    await until('the rude ones are gone', async () => (await metricOf(system, 'iot_mqtt_connections')) <= 6)
  })

  it('on the HTTP port and the sockets’ path is answered or cut, never a 500', async () => {
    const port = system.httpPort
    const post = (head: string, body: string) =>
      `POST /api/auth/login HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n${body}`
    await Promise.all([
      ...Array.from({ length: 30 }, (_, at) => throwAt(port, randomBytes(1 + at * 131))),
      throwAt(port, 'GET / HTTP/1.1\r\nHost: x\r\n', `X-Huge: ${'x'.repeat(100_000)}\r\n\r\n`),
      throwAt(port, post('Content-Length: 10\r\nTransfer-Encoding: chunked', '0\r\n\r\n')),
      throwAt(port, post('Content-Type: application/json\r\nContent-Length: 50', '{"half":')),
      throwAt(
        port,
        'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
        randomBytes(5_000),
      ),
      throwAt(
        port,
        'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: nonsense\r\nConnection: Upgrade\r\n\r\n',
      ),
    ])
    const json = { 'content-type': 'application/json' }
    const bodies: [string, RequestInit][] = [
      ['/api/auth/login', { method: 'POST', headers: json, body: '{"username":' }],
      ['/api/auth/login', { method: 'POST', headers: json, body: '['.repeat(100_000) }],
      ['/api/auth/login', { method: 'POST', headers: json, body: 'x'.repeat(3_000_000) }],
      ['/api/auth/login', { method: 'POST', headers: json, body: Buffer.from([0xff, 0xfe, 0x00]) }],
      [
        '/api/auth/login',
        { method: 'POST', headers: json, body: '{"__proto__":{"role":"admin"},"username":{},"password":[]}' },
      ],
      ['/api/auth/login', { method: 'POST', headers: { 'content-type': 'text/xml' }, body: '<a/>' }],
      ['/api/devices/%00', {}],
      ['/api/devices/%ff%fe', {}],
      ['/socket.io/?EIO=4&transport=polling&sid=nobody', {}],
      ['/socket.io/?EIO=4&transport=polling&sid=nobody', { method: 'POST', body: 'x'.repeat(2_000_000) }],
      ['/socket.io/?EIO=99&transport=telepathy', {}],
    ]
    for (const [path, request] of bodies) {
      const headers = { ...request.headers, authorization: `Bearer ${api.token}` }
      const { status } = await fetch(system.url + path, { ...request, headers })
      expect([path, status, status >= 400 && status < 500]).toEqual([path, status, true])
    }
  })

  it('over a socket of somebody signed in is answered with what is wrong', async () => {
    const socket = await openSocket(system, api.token)
    for (const args of [
      [],
      [null],
      [{}],
      ['a'.repeat(1_000)],
      ['d', { batch: 'yes' }],
      ['d', { since: [] }],
      [1, 2, 3],
    ]) {
      expect(await ask(socket, 'subscribe:device', ...args)).toMatchObject({
        ok: false,
        code: expect.any(String),
      })
    }
    expect(await ask(socket, 'subscribe:device', 'd')).toMatchObject({ ok: true })
    socket.disconnect()
  })

  it('as messages becomes dead letters with the reason, and what is good in an array is kept', async () => {
    const nowMs = Date.now()
    const good = Array.from({ length: 500 }, (_, at) => ({
      deviceId: 'mixed',
      sensorType: 'n',
      value: at,
      timestamp: nowMs + at,
    }))
    const bad = [
      null,
      7,
      'x',
      [],
      { deviceId: 'no spaces' },
      { deviceId: 'mixed', sensorType: 'n', value: 'NaN' },
    ]
    const mixed = good.flatMap((one, at) => [one, bad[at % bad.length]])
    const cases: [string, string, Buffer | string][] = [
      ['empty', 'sensor/data', ''],
      ['not-json', 'sensor/data', '{"deviceId":"d","value":'],
      ['not-json', 'sensor/data', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
      ['too-deep', 'sensor/data', `{"deviceId":"d","a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`],
      ['too-many', 'sensor/data', JSON.stringify(Array.from({ length: 1_001 }, () => good[0]))],
      ['device-mismatch', 'devices/one/telemetry', '{"deviceId":"other","value":1,"sensorType":"n"}'],
      ['unknown-topic', 'nobody/listens', '{}'],
      ['bad-status', 'devices/one/status', '{"status":"perhaps"}'],
    ]
    for (const [, topic, payload] of cases) await publish(device, topic, payload)
    await publish(device, 'sensor/data', mixed)
    const letters = await until('all are listed', async () => {
      const { items } = await api.get<DeadLetterPage>('/api/system/dead-letters?limit=1000')
      const reasons = new Set<string>(items.map(({ reason }) => reason))
      return cases.every(([reason]) => reasons.has(reason)) && items.length >= cases.length + 1 && items
    })
    const stored = await until('the good ones are stored', async () => {
      const all = await readAll(api, 'mixed', { fromMs: nowMs - 1_000, toMs: nowMs + 10_000 })
      return all.length >= good.length && all
    })
    expect(stored.map(({ value }) => value)).toEqual(good.map(({ value }) => value))
    say(`${letters.length} dead letters, ${stored.length} good readings out of ${mixed.length} elements`)
  })

  it('was not noticed by the process or by any other device', async () => {
    expect(system.pid()).toBe(pid)
    expect((await fetch(`${system.url}/readyz`)).status).toBe(200)
    expect(system.output()).not.toMatch(/"level":"(error|fatal)"/)
    say(
      `beside all that, ${await expectStored(api, steady)} readings of the steady devices are stored once each`,
    )
  })
})
