import { mkdtemp, writeFile } from 'node:fs/promises'
import { connect as connectTcp, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { type StartedMosquitto, startMosquitto } from '@iot/testkit/containers/start-mosquitto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import mqttPacket from 'mqtt-packet'
import { createBrokerReader } from './broker-reader.js'

const PER_SECOND = 2_000
const TICK_MS = 10
const KILLS = 2
/** The broker writes what it holds about once a second: what came after that is not there any more. */
const UNWRITTEN_S = 3

let mosquitto: StartedMosquitto

beforeAll(async () => {
  const authDir = await mkdtemp(join(tmpdir(), 'iot-mosquitto-'))
  await writeFile(join(authDir, 'acl'), 'topic readwrite t/#\n', { mode: 0o644 })
  mosquitto = await startMosquitto({ allowAnonymous: true, authDir })
})
afterAll(() => mosquitto.stop())

/** Publishes at a steady rate, without repeats: what the broker has acknowledged is its to keep. */
function startPublisher(acknowledged: Set<number>) {
  let next = 0
  let socket: Socket | undefined
  let isReady = false
  let isStopped = false
  let retry: NodeJS.Timeout | undefined
  let sent = new Map<number, number>()

  function connect(): void {
    if (isStopped) return
    const parser = mqttPacket.parser()
    socket = connectTcp({ host: '127.0.0.1', port: mosquitto.port })
    sent = new Map()
    socket.on('connect', () =>
      socket!.write(
        mqttPacket.generate({
          cmd: 'connect',
          protocolId: 'MQTT',
          protocolVersion: 4,
          clean: true,
          clientId: 'publisher',
          keepalive: 0,
        }),
      ),
    )
    parser.on('packet', (packet) => {
      if (packet.cmd === 'connack') isReady = true
      if (packet.cmd === 'puback') acknowledged.add(sent.get(packet.messageId!)!)
    })
    socket.on('data', (bytes) => parser.parse(bytes))
    socket.on('error', () => {})
    socket.on('close', () => {
      isReady = false
      retry = setTimeout(connect, 50)
    })
  }
  const timer = setInterval(() => {
    for (let n = 0; isReady && n < (PER_SECOND * TICK_MS) / 1_000; n++) {
      const messageId = (next % 65_535) + 1
      sent.set(messageId, next)
      const payload = `${next++}`.padEnd(150)
      socket!.write(
        mqttPacket.generate({
          cmd: 'publish',
          topic: 't/x',
          payload,
          qos: 1,
          messageId,
          dup: false,
          retain: false,
        }),
      )
    }
  }, TICK_MS)
  connect()
  return {
    isReady: () => isReady,
    pause: () => clearInterval(timer),
    stop() {
      isStopped = true
      clearInterval(timer)
      clearTimeout(retry)
      socket?.destroy()
    },
  }
}

describe('a kill of Mosquitto under load', () => {
  it.each([
    ['while it is read', true],
    ['while nobody reads', false],
  ])('%s loses little of what it has acknowledged', async (_, isRead) => {
    const stored = new Set<number>()
    const acknowledged = new Set<number>()
    const reader = createBrokerReader({
      url: mosquitto.url,
      clientId: `reader ${isRead}`,
      topics: ['t/#'],
      maxPacketBytes: 524_288,
      log: silentLogger(),
    })
    const store = async ({ payload }: { payload: Uint8Array }) => {
      await new Promise((resolve) => setTimeout(resolve, 3))
      stored.add(Number(new TextDecoder().decode(payload)))
    }
    await reader.open(store)
    await until('it reads', () => reader.connected())
    if (!isRead) await reader.close(1_000)
    const publisher = startPublisher(acknowledged)
    for (let kill = 1; kill <= KILLS; kill++) {
      const goal = acknowledged.size + 2 * PER_SECOND
      await until('it has been loaded for a while', () => acknowledged.size > goal, { withinMs: 60_000 })
      mosquitto.kill()
      mosquitto.restart()
      await until('the publisher is back', () => publisher.isReady())
    }
    publisher.pause()
    if (!isRead) await reader.open(store)
    await until('the reader is back', () => reader.connected())
    let last = -1
    await until(
      'nothing comes any more',
      () => {
        const isQuiet = stored.size === last && reader.inFlight() === 0
        last = stored.size
        return isQuiet
      },
      { everyMs: 1_000 },
    )
    publisher.stop()
    await reader.close(1_000)
    const lost = [...acknowledged].filter((n) => !stored.has(n))
    expect(acknowledged.size).toBeGreaterThan(KILLS * PER_SECOND)
    expect(lost.length).toBeLessThan(KILLS * UNWRITTEN_S * PER_SECOND)
  })
})
