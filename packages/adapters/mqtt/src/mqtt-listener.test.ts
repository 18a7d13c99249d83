import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import type { DeviceMessage, DoorKeeper } from '@iot/ports'
import { StartError, silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import mqttPacket, { type Packet } from 'mqtt-packet'
import { createMqttListener, type MqttListenerOptions } from './mqtt-listener.js'

const ended: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end()
})

async function openListener(keeper: Partial<DoorKeeper> = {}, options: Partial<MqttListenerOptions> = {}) {
  const accepted: DeviceMessage[] = []
  const door = createMqttListener({
    host: '127.0.0.1',
    port: 0,
    maxPacketBytes: 524_288,
    maxConnections: 2_000,
    maxInFlight: 64,
    maxInFlightBytes: 16_777_216,
    messagesPerSecond: 100_000,
    connectTimeoutMs: 10_000,
    log: silentLogger(),
    ...options,
  })
  await door.open({
    authenticate: async () => ({ kind: 'anonymous' }),
    mayPublish: () => true,
    maySubscribe: () => true,
    async accept(message) {
      accepted.push(message)
    },
    ...keeper,
  })
  ended.push(() => door.close(1_000))
  return { door, accepted }
}

async function connect(port: number, options: IClientOptions = {}): Promise<MqttClient> {
  const client = mqtt.connect({ port, host: '127.0.0.1', protocolVersion: 4, reconnectPeriod: 0, ...options })
  client.on('error', () => {})
  ended.push(() => client.endAsync(true))
  await until('the client is connected', () => client.connected)
  return client
}

/** A connection on which every byte is ours; `received` is what the listener has said. */
async function connectRaw(port: number) {
  const socket = connectTcp({ port, host: '127.0.0.1' })
  const received: Packet[] = []
  const parser = mqttPacket.parser()
  parser.on('packet', (packet) => received.push(packet))
  socket.on('data', (bytes) => parser.parse(bytes))
  socket.on('error', () => {})
  ended.push(async () => socket.destroy())
  await once(socket, 'connect')
  return { socket, parser, received, send: (packet: Packet) => socket.write(mqttPacket.generate(packet)) }
}

async function connectRawClient(port: number, connect: Record<string, unknown> = {}) {
  const raw = await connectRaw(port)
  const answered = once(raw.parser, 'packet')
  raw.send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId: 'raw',
    keepalive: 0,
    ...connect,
  } as Packet)
  expect(await answered).toMatchObject([{ cmd: 'connack', returnCode: 0 }])
  raw.received.length = 0
  return raw
}

/** A connection without anything that a crowd does not need. */
async function connectBare(port: number, clientId: string) {
  const socket = connectTcp({ port, host: '127.0.0.1' })
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(
    mqttPacket.generate({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      clientId,
      keepalive: 0,
    }),
  )
  const [connack] = await once(socket, 'data')
  expect([...connack]).toEqual([0x20, 2, 0, 0])
  return socket
}

function publishPacket(messageId: number, more: Record<string, unknown> = {}): Packet {
  return {
    cmd: 'publish',
    topic: 't',
    payload: 'x',
    qos: 1,
    messageId,
    retain: false,
    dup: false,
    ...more,
  } as Packet
}

/** A keeper whose `accept` waits until the test lets it go. */
function slowAccept() {
  const open: { message: DeviceMessage; resolve: () => void; reject: (error: Error) => void }[] = []
  return {
    open,
    accept: (message: DeviceMessage) =>
      new Promise<void>((resolve, reject) => {
        open.push({ message, resolve, reject })
      }),
  }
}

describe('acknowledgements', () => {
  it('go out only after the keeper has resolved, in order of arrival', async () => {
    const keeper = slowAccept()
    const { door } = await openListener(keeper)
    const raw = await connectRawClient(door.port)
    for (const messageId of [1, 2, 3]) raw.send(publishPacket(messageId))
    await until('three in flight', () => keeper.open.length === 3)

    keeper.open[2]!.resolve()
    keeper.open[1]!.resolve()
    raw.send({ cmd: 'pingreq' })
    await until('PINGRESP', () => raw.received.some((packet) => packet.cmd === 'pingresp'))
    expect(raw.received.map((packet) => packet.cmd)).toEqual(['pingresp'])

    keeper.open[0]!.resolve()
    await until('three PUBACKs', () => raw.received.length === 4)
    expect(raw.received.slice(1).map((packet) => packet.messageId)).toEqual([1, 2, 3])
    await until('nothing in flight', () => door.inFlight() === 0)
  })

  it('are withheld and the connection ended when the keeper rejects', async () => {
    const keeper = slowAccept()
    const { door } = await openListener(keeper)
    const raw = await connectRawClient(door.port)
    for (const messageId of [1, 2]) raw.send(publishPacket(messageId))
    await until('two in flight', () => keeper.open.length === 2)
    keeper.open[1]!.resolve()
    keeper.open[0]!.reject(new Error('the log is away'))
    await until('the connection has ended', () => raw.socket.closed)
    expect(raw.received).toEqual([])
    await until('nothing in flight', () => door.inFlight() === 0)
  })

  it('a QoS 2 message is accepted once however often it is sent before its PUBREL', async () => {
    const keeper = slowAccept()
    const { door } = await openListener(keeper)
    const first = await connectRawClient(door.port, { clientId: 'twice', clean: false })
    first.send(publishPacket(7, { qos: 2 }))
    await until('in flight', () => keeper.open.length === 1)
    first.socket.destroy()
    const second = await connectRawClient(door.port, { clientId: 'twice', clean: false })
    second.send(publishPacket(7, { qos: 2, dup: true }))
    second.send({ cmd: 'pingreq' })
    await until('PINGRESP', () => second.received.some((packet) => packet.cmd === 'pingresp'))
    keeper.open[0]!.resolve()
    await until('PUBREC', () => second.received.some((packet) => packet.cmd === 'pubrec'))
    second.send(publishPacket(7, { qos: 2, dup: true }))
    await until(
      'PUBREC again',
      () => second.received.filter((packet) => packet.cmd === 'pubrec').length === 2,
    )
    second.send({ cmd: 'pubrel', messageId: 7 } as Packet)
    await until('PUBCOMP', () => second.received.some((packet) => packet.cmd === 'pubcomp'))
    expect(keeper.open).toHaveLength(1)

    second.send(publishPacket(7, { qos: 2 }))
    await until('a new message under the same id', () => keeper.open.length === 2)
  })

  it('messages of a stock client arrive whole at every QoS', async () => {
    const { door, accepted } = await openListener()
    const client = await connect(door.port, { clientId: 'stock' })
    for (const qos of [0, 1, 2] as const) await client.publishAsync(`qos/${qos}`, `payload ${qos}`, { qos })
    await until('all are accepted', () => accepted.length === 3)
    expect(
      accepted.map((message) => [message.topic, Buffer.from(message.payload).toString(), message.clientId]),
    ).toEqual([
      ['qos/0', 'payload 0', 'stock'],
      ['qos/1', 'payload 1', 'stock'],
      ['qos/2', 'payload 2', 'stock'],
    ])
  })
})

describe('bounds', () => {
  it('no more messages of a connection are taken than may be in flight, and none is lost', async () => {
    const keeper = slowAccept()
    const { door } = await openListener(keeper, { maxInFlight: 8 })
    const raw = await connectRawClient(door.port)
    const packets = Array.from({ length: 100 }, (_, n) => mqttPacket.generate(publishPacket(n + 1)))
    raw.socket.write(Buffer.concat(packets))
    raw.send({ cmd: 'pingreq' })
    // the ping stands behind all of them and is answered all the same
    await until('PINGRESP', () => raw.received.some((packet) => packet.cmd === 'pingresp'))
    expect(keeper.open).toHaveLength(8)
    for (let taken = 0; taken < 100; taken++) {
      await until('the next is taken', () => keeper.open.length > taken)
      expect(door.inFlight()).toBeLessThanOrEqual(8)
      keeper.open[taken]!.resolve()
    }
    await until('all are acknowledged', () => raw.received.length === 101)
    expect(raw.received.slice(1).map((packet) => packet.messageId)).toEqual(
      Array.from({ length: 100 }, (_, n) => n + 1),
    )
  })

  it('bytes in flight are bounded over all connections', async () => {
    const keeper = slowAccept()
    const { door } = await openListener(keeper, { maxInFlightBytes: 100_000 })
    const payload = Buffer.alloc(90_000)
    const clients = await Promise.all(
      [1, 2, 3, 4].map((n) => connectRawClient(door.port, { clientId: `c${n}` })),
    )
    for (const raw of clients) raw.send(publishPacket(1, { payload }))
    await until('two are in', () => keeper.open.length === 2)
    for (let taken = 0; taken < 4; taken++) {
      await until('the next is taken', () => keeper.open.length > taken)
      expect(door.inFlight()).toBeLessThanOrEqual(2)
      keeper.open[taken]!.resolve()
    }
    await until('all are acknowledged', () => clients.every((raw) => raw.received.length === 1))
  })

  it('bytes in flight are bounded where one message after the other is of the same length', async () => {
    const keeper = slowAccept()
    const { door } = await openListener(keeper, { maxInFlightBytes: 100_000 })
    const payload = Buffer.alloc(90_000)
    const clients = await Promise.all([1, 2].map((n) => connectRawClient(door.port, { clientId: `c${n}` })))
    for (const raw of clients) {
      for (let id = 1; id <= 10; id++) raw.send(publishPacket(id, { payload }))
    }
    for (let taken = 0; taken < 20; taken++) {
      await until('the next is taken', () => keeper.open.length > taken)
      // The bound, and what each connection had begun when it was met.
      expect(door.inFlight()).toBeLessThanOrEqual(3)
      keeper.open[taken]!.resolve()
    }
    await until('all are acknowledged', () => clients.every((raw) => raw.received.length === 10))
  })

  it('a client that sends too fast is slowed down and loses nothing', async () => {
    const { door, accepted } = await openListener({}, { messagesPerSecond: 100 })
    const raw = await connectRawClient(door.port)
    const begin = performance.now()
    raw.socket.write(
      Buffer.concat(Array.from({ length: 130 }, (_, n) => mqttPacket.generate(publishPacket(n + 1)))),
    )
    await until('all are acknowledged', () => raw.received.length === 130)
    expect(accepted).toHaveLength(130)
    expect(performance.now() - begin).toBeGreaterThan(250)
  })

  it('a packet that is too large ends its connection by its header', async () => {
    const { door, accepted } = await openListener({}, { maxPacketBytes: 2_048 })
    const raw = await connectRawClient(door.port)
    raw.socket.write(Buffer.from([0x32, 0x80, 0x80, 0x40]))
    await until('the connection has ended', () => raw.socket.closed)
    expect(accepted).toEqual([])
  })

  it('a connection that does not finish its CONNECT is ended', async () => {
    const { door } = await openListener({}, { connectTimeoutMs: 150 })
    const raw = await connectRaw(door.port)
    raw.socket.write(Buffer.from([0x10, 0x20, 0x00, 0x04]))
    await until('the connection has ended', () => raw.socket.closed)
    await until('it is forgotten', () => door.connections() === 0)
  })

  it('further connections than allowed are not let in', async () => {
    const { door } = await openListener({}, { maxConnections: 1 })
    await connectRawClient(door.port)
    const second = connectTcp({ port: door.port, host: '127.0.0.1' })
    second.on('error', () => {})
    await until('the second is closed', () => second.closed)
    expect(door.connections()).toBe(1)
  })

  it('a device that waits for a slow keeper is not taken for dead, a silent one is', async () => {
    const keeper = slowAccept()
    const { door } = await openListener(keeper, { maxInFlight: 1 })
    const waiting = await connectRawClient(door.port, { clientId: 'waiting', keepalive: 1 })
    const packets = Array.from({ length: 40 }, (_, n) =>
      mqttPacket.generate(publishPacket(n + 1, { payload: Buffer.alloc(4_000) })),
    )
    waiting.socket.write(Buffer.concat(packets))
    await until('the first is in', () => keeper.open.length === 1)
    const silent = await connectRawClient(door.port, { clientId: 'silent', keepalive: 1 })
    await until('the silent one is gone', () => silent.socket.closed)
    expect(waiting.socket.closed).toBe(false)
    keeper.open[0]!.resolve()
    await until('the waiting one is served', () => waiting.received.length > 0 && keeper.open.length === 2)
  })
})

describe('strangers and trouble', () => {
  it('garbage ends its own connection and no other', async () => {
    const { door, accepted } = await openListener()
    const client = await connect(door.port)
    for (const garbage of [
      'GET / HTTP/1.1\r\n\r\n',
      '\x00\x00',
      '\xff\xff\xff\xff\xff',
      '\x16\x03\x01\x02\x00',
    ]) {
      const raw = await connectRaw(door.port)
      raw.socket.write(garbage, 'latin1')
      raw.socket.end()
      await until('the stranger is gone', () => raw.socket.closed)
    }
    await client.publishAsync('t', 'x', { qos: 1 })
    expect(accepted).toHaveLength(1)
  })

  it('MQTT 5 is refused with “unacceptable protocol version”', async () => {
    const { door } = await openListener()
    const raw = await connectRaw(door.port)
    const bytes: Buffer[] = []
    raw.socket.on('data', (chunk) => bytes.push(chunk))
    const connect = {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 5,
      clean: true,
      clientId: 'v5',
      keepalive: 0,
    }
    raw.send(connect as Packet)
    await until('the connection has ended', () => raw.socket.closed)
    expect(Buffer.concat(bytes)).toEqual(Buffer.from([0x20, 0x02, 0x00, 0x01]))
  })

  it('who is refused gets CONNACK 5 without and 4 with a username; 3 where nobody can tell', async () => {
    const { door } = await openListener({
      async authenticate({ username }) {
        if (username === 'broken') throw new Error('the database is away')
        return 'refused'
      },
    })
    for (const [username, code] of [
      [undefined, 5],
      ['somebody', 4],
      ['broken', 3],
    ] as const) {
      const raw = await connectRaw(door.port)
      const login = username === undefined ? {} : { username, password: 'x' }
      const packet = {
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: true,
        clientId: 'c',
        keepalive: 0,
      }
      raw.send({ ...packet, ...login } as Packet)
      await until('CONNACK', () => raw.received[0])
      expect(raw.received[0]).toMatchObject({ cmd: 'connack', returnCode: code })
      await until('the connection has ended', () => raw.socket.closed)
    }
  })

  it('publishing where one may not ends the connection; subscribing there is refused', async () => {
    const { door, accepted } = await openListener({
      mayPublish: (_, topic) => topic === 'mine',
      maySubscribe: (_, filter) => filter === 'mine',
    })
    const client = await connect(door.port)
    const grants = await client
      .subscribeAsync({ mine: { qos: 1 }, yours: { qos: 1 } })
      .catch((error: Error) => error)
    expect(grants).toBeInstanceOf(Error)
    const raw = await connectRawClient(door.port)
    raw.send(publishPacket(1, { topic: 'yours' }))
    await until('the connection has ended', () => raw.socket.closed)
    expect(accepted).toEqual([])
  })

  it('the last will of a device that vanishes is accepted as its own message', async () => {
    const { door, accepted } = await openListener({
      authenticate: async () => ({ kind: 'device', deviceId: 'pump-1' }),
    })
    const client = await connect(door.port, {
      clientId: 'p',
      will: { topic: 'devices/pump-1/status', payload: Buffer.from('offline'), qos: 1, retain: true },
    })
    client.stream.destroy()
    await until('the will is accepted', () => accepted.length === 1)
    expect(accepted[0]).toMatchObject({
      topic: 'devices/pump-1/status',
      clientId: 'p',
      identity: { kind: 'device', deviceId: 'pump-1' },
    })

    const polite = await connect(door.port, { will: { topic: 'w', payload: Buffer.from('offline'), qos: 0 } })
    await polite.endAsync()
    await until('all are gone', () => door.connections() === 0)
    expect(accepted).toHaveLength(1)
  })

  it('the same client id takes over, but not that of another device', async () => {
    const { door } = await openListener({
      authenticate: async ({ username }) => ({ kind: 'device', deviceId: username ?? '' }),
    })
    const login = (username: string) => ({ clientId: 'same', username, password: 'x' })
    const first = await connectRawClient(door.port, login('a'))
    const other = await connectRawClient(door.port, login('b'))
    const second = await connectRawClient(door.port, login('a'))
    await until('the first is gone', () => first.socket.closed)
    expect([other.socket.closed, second.socket.closed]).toEqual([false, false])
    await until('two are left', () => door.connections() === 2)
  })

  it('what was published before the peer closed its side is accepted and acknowledged', async () => {
    const keeper = slowAccept()
    const { door } = await openListener(keeper, { maxInFlight: 1 })
    const raw = await connectRawClient(door.port)
    raw.send(publishPacket(1))
    raw.send(publishPacket(2))
    raw.socket.end()
    await until('the first is in', () => keeper.open.length === 1)
    keeper.open[0]!.resolve()
    await until('the second is in', () => keeper.open.length === 2)
    keeper.open[1]!.resolve()
    await until('both are acknowledged', () => raw.received.length === 2)
    await until('the connection has ended', () => raw.socket.closed)
  })

  it('a subscriber that does not read loses its messages, and nobody waits for it', async () => {
    const { door, accepted } = await openListener()
    const subscriber = await connectRawClient(door.port, { clientId: 'frozen' })
    subscriber.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 't', qos: 0 }] } as Packet)
    await until('SUBACK', () => subscriber.received.length === 1)
    subscriber.socket.pause()
    const client = await connect(door.port)
    const payload = Buffer.alloc(100_000)
    for (let n = 0; n < 100; n++) await client.publishAsync('t', payload, { qos: 1 })
    expect(accepted).toHaveLength(100)
  })

  it('messages reach who listens, connected or to come back, and are acknowledged in order with the others', async () => {
    const { door, accepted } = await openListener()
    const publisher = await connectRawClient(door.port, { clientId: 'publisher' })
    const lasting = { clientId: 'lasting', clean: false }
    const away = await connect(door.port, lasting)
    await away.subscribeAsync('heard/+/late', { qos: 1 })
    await away.endAsync()
    const listener = await connect(door.port, { clientId: 'listener' })
    await listener.subscribeAsync('heard/#', { qos: 1 })
    const heard: string[] = []
    listener.on('message', (topic) => heard.push(topic))

    const topics = ['unheard/1', 'heard/1/late', 'unheard/2', 'heard/2', 'unheard/3']
    for (const [at, topic] of topics.entries()) publisher.send(publishPacket(at + 1, { topic }))
    await until('all are acknowledged', () => publisher.received.length === topics.length)
    expect(publisher.received.map((packet) => packet.messageId)).toEqual([1, 2, 3, 4, 5])
    expect(accepted.map(({ topic }) => topic)).toEqual(topics)
    await until('the listener has heard', () => heard.length === 2)
    const late: string[] = []
    const back = mqtt.connect({ port: door.port, host: '127.0.0.1', protocolVersion: 4, ...lasting })
    back.on('message', (topic) => late.push(topic))
    ended.push(() => back.endAsync(true))
    await until('who comes back has heard', () => late.length === 1)
    expect([...heard, ...late]).toEqual(['heard/1/late', 'heard/2', 'heard/1/late'])
  })

  it('five hundred devices may reconnect at once', async () => {
    const { door, accepted } = await openListener()
    const crowd = () => Promise.all(Array.from({ length: 500 }, (_, n) => connectBare(door.port, `d${n}`)))
    const before = await crowd()
    for (const socket of before) socket.destroy()
    const after = await crowd()
    const acknowledged = after.map((socket) => once(socket, 'data'))
    for (const socket of after) socket.write(mqttPacket.generate(publishPacket(1)))
    for (const [puback] of await Promise.all(acknowledged)) expect([...puback]).toEqual([0x40, 2, 0, 1])
    expect(accepted).toHaveLength(500)
    await until('only the new ones are left', () => door.connections() === 500, { withinMs: 30_000 })
    for (const socket of after) socket.destroy()
  }, 60_000)
})

describe('the door itself', () => {
  it('says what to do when its port is taken', async () => {
    const { door } = await openListener()
    const second = openListener({}, { port: door.port })
    await expect(second).rejects.toBeInstanceOf(StartError)
    await expect(second).rejects.toThrow(new RegExp(`${door.port} is taken.*MQTT_PORT`))
  })

  it('waits for what is in flight when it closes, takes nothing more, and publishes no wills', async () => {
    const keeper = slowAccept()
    const { door } = await openListener(keeper)
    const raw = await connectRawClient(door.port, {
      will: { topic: 'w', payload: Buffer.from('gone'), qos: 0 },
    })
    raw.send(publishPacket(1))
    await until('in flight', () => keeper.open.length === 1)
    const closed = door.close(5_000)
    raw.send(publishPacket(2))
    keeper.open[0]!.resolve()
    await closed
    await until('the connection has ended', () => raw.socket.closed)
    expect(raw.received.map((packet) => packet.messageId)).toEqual([1])
    expect(keeper.open).toHaveLength(1)
  })

  it('closes within its time when the keeper does not answer', async () => {
    const keeper = slowAccept()
    const { door } = await openListener(keeper)
    const raw = await connectRawClient(door.port)
    raw.send(publishPacket(1))
    await until('in flight', () => keeper.open.length === 1)
    await door.close(50)
    await until('the connection has ended', () => raw.socket.closed)
    expect(raw.received).toEqual([])
  })
})

describe('a keeper that gathers', () => {
  /** Work that waits until the test does it, and a clock of the test's. */
  async function openGathering() {
    const works: (() => void)[] = []
    const clock = { nowMs: () => now }
    let now = 1_000
    const { door, accepted } = await openListener({ gather: (work) => works.push(work) }, { clock })
    const values = () => accepted.map(({ payload }) => Buffer.from(payload).toString())
    return {
      door,
      accepted,
      works,
      values,
      pass: (ms: number) => {
        now += ms
      },
      goOn: () => {
        for (const work of works.splice(0)) work()
      },
    }
  }

  it('gets messages when it does the work, in order, each with the time at which it was read', async () => {
    const { door, accepted, works, values, pass, goOn } = await openGathering()
    const raw = await connectRawClient(door.port)
    raw.send(publishPacket(1, { payload: 'a' }))
    await until('the first one was read', () => works.length === 1)
    pass(50)
    raw.send(publishPacket(2, { payload: 'b' }))
    const other = await connectRawClient(door.port, { clientId: 'other' })
    other.send(publishPacket(1, { payload: 'c' }))
    await until('another connection’s was read', () => works.length === 2)
    expect(accepted).toEqual([])
    pass(50)
    await until('all are acknowledged', () => {
      goOn()
      return raw.received.length === 2 && other.received.length === 1
    })
    expect(values().filter((value) => value !== 'c')).toEqual(['a', 'b'])
    expect(accepted.find(({ clientId }) => clientId === 'other')).toMatchObject({ receivedAtMs: 1_050 })
    expect(accepted[0]).toMatchObject({ receivedAtMs: 1_000 })
  })

  it('is not asked for what is no message', async () => {
    const { door, works } = await openGathering()
    const raw = await connectRawClient(door.port)
    raw.send({ cmd: 'pingreq' } as Packet)
    await until('the ping is answered', () => raw.received.length === 1)
    expect(works).toEqual([])
  })

  it('gets at once what was read before something else than a message', async () => {
    const { door, works, values } = await openGathering()
    const raw = await connectRawClient(door.port)
    raw.send(publishPacket(1, { payload: 'a' }))
    await until('it was read', () => works.length === 1)
    raw.send({ cmd: 'pingreq' } as Packet)
    await until('both are answered', () => raw.received.length === 2)
    expect(values()).toEqual(['a'])
    const packet = mqttPacket.generate(publishPacket(2, { payload: 'b' }))
    raw.socket.write(packet.subarray(0, 5))
    await until(
      'the half is there',
      () => raw.socket.bytesWritten > packet.length && raw.socket.writableLength === 0,
    )
    raw.socket.write(packet.subarray(5))
    await until('it is acknowledged', () => raw.received.length === 3)
    expect(values()).toEqual(['a', 'b'])
  })

  it('gets what was read of a client that has come anew', async () => {
    const { door, works, values } = await openGathering()
    const raw = await connectRawClient(door.port)
    raw.send(publishPacket(0, { payload: 'before', qos: 0, messageId: undefined }))
    await until('it was read', () => works.length === 1)
    await connectRawClient(door.port)
    await until('it is there', () => values().length === 1)
  })

  it.each(['end', 'destroy'] as const)(
    'gets what was read of a device that has left since (%s)',
    async (leave) => {
      const { door, works, values, goOn } = await openGathering()
      const raw = await connectRawClient(door.port)
      raw.send(publishPacket(1, { payload: 'last words' }))
      await until('it was read', () => works.length === 1)
      raw.socket[leave]()
      await until('they are there', () => values().length === 1)
      goOn()
      expect(values()).toEqual(['last words'])
    },
  )

  it('gets what was read when the door closes', async () => {
    const { door, works, values } = await openGathering()
    const raw = await connectRawClient(door.port)
    raw.send(publishPacket(1, { payload: 'x' }))
    await until('it was read', () => works.length === 1)
    await door.close(1_000)
    expect(values()).toEqual(['x'])
    expect(raw.received).toMatchObject([{ cmd: 'puback', messageId: 1 }])
  })

  it('gets much of one connection at once', async () => {
    const { door, works, values } = await openGathering()
    const raw = await connectRawClient(door.port)
    raw.send(publishPacket(1))
    await until('the first one waits', () => works.length === 1)
    expect(values()).toEqual([])
    for (let n = 2; n <= 30; n++) raw.send(publishPacket(n, { payload: 'x'.repeat(10_000) }))
    await until('most of it is there', () => values().length >= 25)
  })
})
