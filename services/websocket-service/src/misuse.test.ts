import { until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import WebSocket from 'ws'
import { type Client, type Harness, startHarness } from './testing/harness.js'

let harness: Harness
let witness: Client
beforeEach(async () => {
  harness = await startHarness({ config: { SOCKET_MAX_SUBSCRIPTIONS: 3 } })
  witness = await harness.connect({ user: 'witness' })
  await witness.call('subscribe:device', 'd1', { names: ['sensor:reading'] })
})
afterEach(() => harness.stop())

/** Somebody else’s connection still gets what it should. */
async function othersAreFine(): Promise<void> {
  const before = witness.bodies('sensor:reading').length
  await harness.publisher.readings({ deviceId: 'd1', value: before })
  await until('the reading', () => witness.bodies('sensor:reading').length === before + 1)
}

describe('bad calls', () => {
  it('are answered with what is wrong', async () => {
    const client = await harness.connect()
    const bad: [string, unknown[], RegExp][] = [
      ['subscribe:device', [], /argument 1: is missing/],
      ['subscribe:device', [42], /argument 1/],
      ['subscribe:device', ['a/b'], /argument 1: Device id/],
      ['subscribe:device', ['x'.repeat(65)], /argument 1/],
      ['subscribe:device', ['__proto__'], /argument 1/],
      ['subscribe:device', ['d', { batch: { everyMs: 1 } }], /argument 2: batch.everyMs must be >= 100/],
      ['subscribe:device', ['d', { bach: true }], /argument 2: has no field bach$/],
      ['subscribe:device', ['d', { unknown: 1 }], /argument 2/],
      ['subscribe:device', ['d', { names: ['sensor:all'] }], /sensor:all does not belong/],
      ['subscribe:device', ['d', {}, 'more'], /at most 2/],
      ['subscribe-all-devices', [[1]], /argument 1/],
      ['request:latest', [{ deviceId: 'd' }], /argument 1/],
      ['get:history', [{ deviceId: 'd' }], /from/],
      ['get:history', [{ deviceId: 'd', from: 'yesterday!', to: 0 }], /from is no time/],
      ['get:history', [{ deviceId: 'd', from: 2e12, to: 1e12 }], /from must be before to/],
      ['ping', ['x'], /takes no arguments/],
      ['no:such:event', [], /There is no event/],
      ['toString', [], /There is no event/],
    ]
    for (const [event, args, message] of bad) {
      const answer = await client.call(event, ...args)
      expect([event, answer]).toMatchObject([event, { ok: false, code: 'VALIDATION_FAILED' }])
      expect(answer.message).toMatch(message)
    }
    const admin = await harness.connect({ user: 'root', role: 'admin' })
    const odd = await admin.call('send:notification', { message: 'm', type: 'odd' })
    expect(odd.message).toMatch(/argument 1: type must be one of info, /)
    expect(await client.call('get:history', {})).toMatchObject({ success: false, error: expect.any(String) })
    await othersAreFine()
  })

  it('without a callback change nothing', async () => {
    const client = await harness.connect()
    client.socket.emit('subscribe:device', { evil: true })
    client.socket.emit('no:such:event')
    client.socket.emit('subscribe:device', Buffer.from('bytes'))
    expect(await client.call('ping')).toMatchObject({ ok: true })
    // The event goes out behind the answer, in a frame of its own.
    await client.next('pong')
    expect(client.received.map(({ event }) => event)).toEqual(['connected', 'welcome', 'pong'])
  })

  it('over the rate are answered with when to come again', async () => {
    const client = await harness.connect()
    const answers = await Promise.all(Array.from({ length: 80 }, () => client.call('ping')))
    const refused = answers.filter(({ ok }) => ok === false)
    expect(refused.length).toBeGreaterThan(10)
    expect(refused[0]).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) })
    await othersAreFine()
  })

  it('that do not stop close the connection', async () => {
    const client = await harness.connect()
    const closed = new Promise((resolve) => client.socket.once('disconnect', resolve))
    for (let call = 0; call < 1_500; call++) client.socket.emit('ping')
    expect(await closed).toMatch(/transport (close|error)/)
    await othersAreFine()
  })

  it('for the latest of all devices are answered one at a time', async () => {
    await harness.stop()
    let isHeld = true
    const held = async () => void (await until('the state may be read', () => !isHeld))
    harness = await startHarness({ beforeState: held })
    const client = await harness.connect()
    const first = client.call('request:latest')
    expect(await client.call('request:latest')).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 500 })
    const others = [client.call('request:latest', 'd1'), (await harness.connect()).call('request:latest')]
    isHeld = false
    for (const answer of [first, ...others]) expect(await answer).toMatchObject({ ok: true, latest: [] })
    expect(await client.call('request:latest')).toMatchObject({ ok: true })
    harness.bus.list = () => Promise.reject(new Error('broken'))
    expect(await client.call('request:latest')).toMatchObject({ code: 'INTERNAL' })
    expect(await client.call('request:latest')).toMatchObject({ code: 'INTERNAL' })
  })

  it('are bounded in subscriptions, and one that ends makes room', async () => {
    const client = await harness.connect()
    for (const id of ['a', 'b', 'c'])
      expect(await client.call('subscribe:device', id)).toMatchObject({ ok: true })
    expect(await client.call('subscribe:device', 'd')).toMatchObject({ code: 'TOO_MANY_SUBSCRIPTIONS' })
    expect(await client.call('subscribe:device', 'a', { batch: true })).toMatchObject({ ok: true })
    await client.call('unsubscribe:device', 'b')
    expect(await client.call('subscribe:device', 'd')).toMatchObject({ ok: true })
  })
})

describe('garbage on the socket', () => {
  async function raw(): Promise<WebSocket> {
    const socket = new WebSocket(`${harness.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
    socket.on('error', () => {})
    await new Promise((resolve) => socket.once('open', resolve))
    return socket
  }

  const garbage = [
    '',
    'x',
    '9',
    '4',
    '49',
    '42',
    '42{"not":"an array"}',
    '42[]',
    '42[5]',
    '42["__proto__",{}]',
    '42["subscribe:device"',
    '4251-["subscribe:device",{"_placeholder":true,"num":0}]',
    '451-["subscribe:device",{"_placeholder":true,"num":99}]',
    '42/other,["x"]',
    '40/other,',
    '421e9["ping"]',
    `42${'['.repeat(5_000)}`,
    '3probe',
    '5',
    '1',
    '\u0000\u0001\u0002',
  ]

  it('ends that connection at most', async () => {
    const token = await harness.tokenOf()
    for (const packet of garbage) {
      for (const loggedIn of [false, true]) {
        const socket = await raw()
        if (loggedIn) socket.send(`40${JSON.stringify({ token })}`)
        socket.send(packet)
        socket.send(Buffer.from(packet))
        socket.send('42["ping"]')
        socket.close()
        await new Promise((resolve) => socket.once('close', resolve))
      }
    }
    await othersAreFine()
    await until('the others gone', () => harness.service.figures().connections === 1)
  })

  it('larger than a packet may be closes the connection', async () => {
    const socket = await raw()
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.send(`42["ping","${'x'.repeat(200_000)}"]`)
    await closed
    await othersAreFine()
  })
})
