import type { Positions, Reading, StatusEvent, Subscribed } from '@iot/contracts'
import { until } from '@iot/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { MqttClient } from 'mqtt'
import type { Socket } from 'socket.io-client'
import { type Api, setUp } from './harness/api.js'
import { connectDevice, endDevices, publish } from './harness/devices.js'
import { openSocket } from './harness/sockets.js'
import { prepareSystem, type System } from './harness/system.js'

const DEVICES = ['press-1', 'press-2', 'press-3', 'press-4']

/** A stock client that keeps its positions, as the reference says. */
interface Watching {
  readonly answer: Subscribed
  readonly readings: Reading[]
  readonly status: StatusEvent[]
  positions(): Positions
  leave(): void
}

async function watch(system: System, api: Api, since?: Positions): Promise<Watching> {
  const socket = await openSocket(system, api.token, { reconnection: false })
  const readings: Reading[] = []
  const status: StatusEvent[] = []
  let positions: Positions
  socket.on('sensor:all', (reading: Reading) => {
    readings.push(reading)
    const { partition, offset, index } = reading.position!
    positions.readings[partition] = index === undefined ? offset : [offset, index]
  })
  socket.on('device:all', (event: StatusEvent) => {
    status.push(event)
    positions.status[event.position!.partition] = event.position!.offset
  })
  socket.on('positions', (sent: Positions) => {
    positions = sent
  })
  const answer = await subscribe(socket, since, (answered) => {
    positions = answered.positions
  })
  return { answer, readings, status, positions: () => positions, leave: () => void socket.disconnect() }
}

function subscribe(
  socket: Socket,
  since: Positions | undefined,
  onAnswer: (answer: Subscribed) => void,
): Promise<Subscribed> {
  return new Promise((resolve) => {
    socket.emit('subscribe-all-devices', since ? { since } : {}, (answer: Subscribed) => {
      onAnswer(answer)
      resolve(structuredClone(answer))
    })
  })
}

describe('a browser that was away while the process was killed', () => {
  let system: System
  let api: Api
  let value = 0

  beforeAll(async () => {
    system = await prepareSystem({ LOG_LEVEL: 'warn' })
    system.launch()
    await system.ready()
    api = await setUp(system)
  })
  afterEach(endDevices)
  afterAll(() => system.dispose())

  /** Acknowledged readings, device by device in turn, with timestamps of their own. */
  async function send(device: MqttClient, count: number): Promise<number[]> {
    const values = Array.from({ length: count }, () => ++value)
    for (let from = 0; from < values.length; from += 50) {
      await Promise.all(
        values.slice(from, from + 50).map((one) =>
          publish(device, 'sensor/data', {
            deviceId: DEVICES[one % DEVICES.length],
            temperature: one,
            timestamp: Date.now() - 60_000 + one,
          }),
        ),
      )
    }
    return values
  }

  /** Of each device in the order of its values; between devices there is no order to keep. */
  function sorted(readings: readonly Reading[]): number[][] {
    return DEVICES.map((deviceId) =>
      readings.filter((reading) => reading.deviceId === deviceId).map((reading) => reading.value),
    )
  }
  const wanted = (values: readonly number[]) =>
    DEVICES.map((_, index) => values.filter((one) => one % DEVICES.length === index))

  it('gets exactly what it missed before, between and after two kills, and goes on', async () => {
    const device = await connectDevice(system)
    const first = await watch(system, api)
    expect(first.answer.recovered).toBe(false)
    const seen = await send(device, 200)
    await until('what is live', () => first.readings.length === seen.length)
    expect(sorted(first.readings)).toEqual(wanted(seen))
    first.leave()

    const missed = await send(device, 400)
    await publish(device, 'devices/press-1/status', 'maintenance')
    for (let kill = 0; kill < 2; kill++) {
      await system.end('SIGKILL')
      system.launch()
      await system.ready()
      await until('the device is back', () => device.connected, { withinMs: 30_000 })
      missed.push(...(await send(device, 100)))
    }

    const back = await watch(system, api, first.positions())
    expect(back.answer).toMatchObject({ ok: true, recovered: true })
    expect(back.answer.latest.length).toBe(DEVICES.length)
    const live = await send(device, 50)
    const all = [...missed, ...live]
    await until('what was missed and what is new', () => back.readings.length >= all.length)
    expect(sorted(back.readings)).toEqual(wanted(all))
    expect(back.status.filter(({ status }) => status === 'maintenance')).toHaveLength(1)
    back.leave()

    const again = await watch(system, api, back.positions())
    expect(again.answer.recovered).toBe(true)
    const [last] = await send(device, 1)
    await until('the last', () => again.readings.length > 0)
    expect(again.readings.map((reading) => reading.value)).toEqual([last])
    again.leave()
  })

  it('gets a snapshot and nothing of the past when its positions are another log’s', async () => {
    const device = await connectDevice(system)
    const first = await watch(system, api)
    const elsewhere = { ...first.positions(), epoch: 'of-another-log' }
    first.leave()
    await send(device, 20)
    const back = await watch(system, api, elsewhere)
    expect(back.answer).toMatchObject({ ok: true, recovered: false })
    const [live] = await send(device, 1)
    await until('what is live', () => back.readings.length > 0)
    expect(back.readings.map((reading) => reading.value)).toEqual([live])
    back.leave()
  })
})
