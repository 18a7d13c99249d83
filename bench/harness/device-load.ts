import { connect, type Socket } from 'node:net'
import mqttPacket from 'mqtt-packet'
import type { LoadAnswer, LoadOrder } from './load-protocol.js'
import { DEVICES, type Form, IN_FLIGHT } from './load-protocol.js'

/**
 * Devices that cost next to nothing: raw sockets, packets made once and patched, acknowledgements counted by
 * their bytes. Each sends QoS 1 in a closed loop, the next message as soon as one is acknowledged.
 */
const TIME = '2026-01-01T00:00:00.000Z'
const PUBACK_BYTES = 4
const MAX_MESSAGE_ID = 65_535

/** A PUBLISH to be patched: its id, its time, and a digit of its value. */
interface Template {
  readonly packet: Buffer
  readonly idAt: number
  readonly timeAt: number
  readonly digitAt: number
}

function templateOf(payload: string): Template {
  const topic = 'sensor/data'
  const packet = mqttPacket.generate({
    cmd: 'publish',
    topic,
    payload,
    qos: 1,
    messageId: 1,
    dup: false,
    retain: false,
  })
  return {
    packet,
    idAt: packet.indexOf(topic) + topic.length,
    timeAt: packet.indexOf(TIME),
    digitAt: packet.indexOf('25.5') + 3,
  }
}

class Device {
  readonly #socket: Socket
  readonly #templates: Readonly<Record<Form, Template>>
  #template: Template
  #timeMs: number
  #sent = 0
  #ackBytes = 0
  #quota = 0
  #done: () => void = () => {}

  constructor(socket: Socket, deviceId: string, fromMs: number) {
    this.#socket = socket
    this.#timeMs = fromMs
    this.#templates = {
      'one-reading': templateOf(
        `{"deviceId":"${deviceId}","sensorType":"temperature","value":25.5,"unit":"°C","timestamp":"${TIME}","location":"Assembly Line 1"}`,
      ),
      'two-readings': templateOf(
        `{"deviceId":"${deviceId}","temperature":25.5,"humidity":60.2,"timestamp":"${TIME}"}`,
      ),
    }
    this.#template = this.#templates['one-reading']
    socket.on('data', (chunk) => this.#receive(chunk.length))
  }

  /** Resolves when this many more messages are acknowledged. */
  async run(form: Form, messages: number): Promise<void> {
    this.#template = this.#templates[form]
    this.#ackBytes = 0
    this.#sent = 0
    this.#quota = messages
    await new Promise<void>((resolve) => {
      this.#done = resolve
      this.#send(Math.min(IN_FLIGHT, messages))
    })
  }

  #receive(bytes: number): void {
    this.#ackBytes += bytes
    const acknowledged = Math.floor(this.#ackBytes / PUBACK_BYTES)
    if (acknowledged >= this.#quota) this.#done()
    else this.#send(Math.min(acknowledged + IN_FLIGHT, this.#quota) - this.#sent)
  }

  #send(count: number): void {
    if (count <= 0) return
    const { packet, idAt, timeAt, digitAt } = this.#template
    const bytes = Buffer.allocUnsafe(count * packet.length)
    for (let n = 0; n < count; n++) {
      this.#timeMs += 1
      packet.writeUInt16BE((this.#sent % MAX_MESSAGE_ID) + 1, idAt)
      packet.write(new Date(this.#timeMs).toISOString(), timeAt, 'latin1')
      packet[digitAt] = 0x30 + (this.#timeMs % 10)
      packet.copy(bytes, n * packet.length)
      this.#sent += 1
    }
    this.#socket.write(bytes)
  }
}

async function openDevice(port: number, deviceId: string, fromMs: number): Promise<Device> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('close', () => process.exit(1))
  socket.write(
    mqttPacket.generate({
      cmd: 'connect',
      clientId: deviceId,
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      keepalive: 0,
    }),
  )
  const connack = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
  if (connack[3] !== 0) throw new Error(`refused: ${connack.toString('hex')}`)
  return new Device(socket, deviceId, fromMs)
}

function tell(message: LoadAnswer): void {
  process.send!(message)
}

const fleets = new Map<number, Device[]>()

process.on('message', async (order: LoadOrder) => {
  if (order.kind === 'connect') {
    const fromMs = Date.now() - order.pastMs
    const ids = Array.from({ length: DEVICES }, (_, n) => `bench-${String(n).padStart(2, '0')}`)
    fleets.set(order.port, await Promise.all(ids.map((id) => openDevice(order.port, id, fromMs))))
    tell({ kind: 'connected' })
  } else {
    const begin = performance.now()
    await Promise.all(
      fleets.get(order.port)!.map((device) => device.run(order.form, order.messages / DEVICES)),
    )
    tell({ kind: 'acknowledged', seconds: (performance.now() - begin) / 1_000 })
  }
})
process.on('disconnect', () => process.exit(0))
