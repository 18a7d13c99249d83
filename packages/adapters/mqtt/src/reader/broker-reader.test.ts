import { createServer, type Socket } from 'node:net'
import type { Logger } from '@iot/runtime'
import { StartError, silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import mqttPacket, { type Packet } from 'mqtt-packet'
import { type BrokerReaderOptions, createBrokerReader } from './broker-reader.js'

const V5 = { protocolVersion: 5 } as const
const ended: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end()
})

type Say = (packet: Packet | Buffer) => void

/** A broker that says what the test lets it say. */
async function startBroker(answer: (packet: Packet, say: Say) => void) {
  const received: Packet[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    sockets.add(socket)
    const parser = mqttPacket.parser(V5)
    const say: Say = (packet) =>
      socket.write(Buffer.isBuffer(packet) ? packet : mqttPacket.generate(packet, V5))
    parser.on('packet', (packet) => {
      received.push(packet)
      answer(packet, say)
    })
    socket.on('data', (bytes) => parser.parse(bytes))
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ended.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return {
    url: `mqtt://127.0.0.1:${port}`,
    received,
    connections: () => connections,
    open: () => sockets.size,
  }
}

/** Lets the reader in. */
function welcome(packet: Packet, say: Say): void {
  if (packet.cmd === 'connect') say({ cmd: 'connack', reasonCode: 0, sessionPresent: true })
  if (packet.cmd === 'subscribe') say({ cmd: 'suback', messageId: packet.messageId!, granted: [1] })
  if (packet.cmd === 'pingreq') say({ cmd: 'pingresp' })
}

function publish(more: Partial<Packet> = {}): Packet {
  return {
    cmd: 'publish',
    topic: 't/x',
    payload: 'x',
    qos: 1,
    messageId: 7,
    dup: false,
    retain: false,
    ...more,
  } as Packet
}

async function openReader(url: string, options: Partial<BrokerReaderOptions> = {}) {
  const warnings: string[] = []
  const log = Object.assign(Object.create(silentLogger()) as Logger, {
    warn: ({ err }: { err?: Error }) => err && warnings.push(err.message),
  })
  const taken: string[] = []
  const reader = createBrokerReader({
    url,
    clientId: 'reader',
    topics: ['t/#'],
    maxPacketBytes: 1_000,
    keepAliveMs: 200,
    log,
    ...options,
  })
  await reader.open(async ({ payload }) => {
    taken.push(new TextDecoder().decode(payload))
  })
  ended.push(() => reader.close(0))
  return { reader, warnings, taken }
}

describe('the reader of a broker', () => {
  it('says who it is, that its session lasts, and what it reads', async () => {
    const { url, received } = await startBroker(welcome)
    const { reader } = await openReader(url, { username: 'bridge', password: 'secret' })
    await until('it reads', () => reader.connected())
    expect(received[0]).toMatchObject({
      cmd: 'connect',
      clean: false,
      clientId: 'reader',
      username: 'bridge',
      password: Buffer.from('secret'),
      properties: { sessionExpiryInterval: 0xffffffff, receiveMaximum: 256, maximumPacketSize: 67_000 },
    })
    expect(received[1]).toMatchObject({ cmd: 'subscribe', subscriptions: [{ topic: 't/#', qos: 1, rh: 1 }] })
  })

  it('acknowledges QoS 1 and QoS 2 as each wants it', async () => {
    const { url, received } = await startBroker((packet, say) => {
      welcome(packet, say)
      if (packet.cmd === 'subscribe') {
        say(publish({ messageId: 300 }))
        say(publish({ qos: 2, messageId: 301 }))
      }
      if (packet.cmd === 'pubrec') say({ cmd: 'pubrel', messageId: packet.messageId! })
    })
    await openReader(url)
    await until('both are done', () => received.some(({ cmd }) => cmd === 'pubcomp'))
    const answers = received.filter(({ cmd }) => /^pub/.test(cmd))
    expect(answers.map(({ cmd, messageId }) => `${cmd} ${messageId}`)).toEqual([
      'puback 300',
      'pubrec 301',
      'pubcomp 301',
    ])
  })

  it.each<[string, Packet | Buffer, RegExp]>([
    ['bytes that are no MQTT', Buffer.alloc(200, 'H'), /not for a client|no MQTT/],
    ['a packet that is too large', publish({ payload: 'x'.repeat(70_000) }), /a packet of 70\d\d\d bytes/],
    ['a packet for brokers', { cmd: 'pingreq' } as Packet, /pingreq, which is not for a client/],
    ['a wrong login', { cmd: 'connack', reasonCode: 0x86, sessionPresent: false }, /MQTT_BROKER_PASSWORD/],
    ['another version', { cmd: 'connack', reasonCode: 0x84, sessionPresent: false }, /MQTT 5/],
    ['an end with a reason', { cmd: 'disconnect', reasonCode: 0x8b }, /0x8b/],
  ])('comes back after %s, and says so once', async (_, answer, words) => {
    const { url, connections, open } = await startBroker((packet, say) => {
      if (packet.cmd === 'connect') say(answer)
    })
    const { warnings, reader, taken } = await openReader(url)
    await until('it came back twice', () => connections() >= 3)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(words)
    expect(taken).toEqual([])
    await reader.close(0)
    await until('its connections are gone', () => open() === 0)
  })

  it('names the topics that it may not read', async () => {
    const { url } = await startBroker((packet, say) => {
      if (packet.cmd === 'subscribe') say({ cmd: 'suback', messageId: 1, granted: [0x87] })
      else welcome(packet, say)
    })
    const { warnings, reader } = await openReader(url)
    await until('it says so', () => warnings.length > 0)
    expect(warnings[0]).toMatch(/subscriptions to t\/#.*MQTT_BROKER_USERNAME/)
    expect(reader.connected()).toBe(false)
  })

  it('leaves a broker that has gone silent', async () => {
    const { url, connections } = await startBroker((packet, say) => {
      if (packet.cmd !== 'pingreq') welcome(packet, say)
    })
    const { warnings } = await openReader(url)
    await until('it came back', () => connections() >= 2)
    expect(warnings).toEqual(['the broker does not answer pings'])
  })

  it('waits for the answer to CONNECT only so long', async () => {
    const { url, connections } = await startBroker(() => {})
    const { warnings } = await openReader(url, { connectTimeoutMs: 50 })
    await until('it came back', () => connections() >= 2)
    expect(warnings[0]).toBe('no answer from the broker within 50 ms')
  })

  it('holds what it has open of several connections to one bound', async () => {
    const { url, connections } = await startBroker((packet, say) => {
      welcome(packet, say)
      if (packet.cmd !== 'subscribe') return
      for (let messageId = 1; messageId <= 10; messageId++) say(publish({ messageId }))
      if (connections() === 1) say({ cmd: 'disconnect', reasonCode: 0 })
    })
    const { reader } = await openReader(url, { maxInFlight: 6 })
    await reader.close(0)
    let open = 0
    await reader.open(() => {
      open += 1
      return new Promise(() => {})
    })
    await until('it is at its bound', () => open === 6)
    const before = connections()
    await until('it came back and is connected', () => connections() >= before && reader.connected())
    expect(open).toBe(6)
    expect(reader.inFlight()).toBe(6)
  })

  it('refuses an address that it can’t read, with what it should be', () => {
    const options = { clientId: 'r', topics: [], maxPacketBytes: 1, log: silentLogger() }
    expect(() => createBrokerReader({ ...options, url: 'mqtt://:x' })).toThrow(StartError)
  })
})
