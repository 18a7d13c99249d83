import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PARTITIONS, partitionOf, type Reading } from '@iot/contracts'
import { Server } from 'socket.io'
import { createOurs, encode } from '../frame/sides.js'
import { sampleReading } from '../harness/sample-reading.js'
import { DEVICES, HZ, type RunOrder, type ServerMessage, type Side } from './protocol.js'

/** As often as `live` flushes. */
const STEP_MS = 25

/** One replica: it hears every reading, as from the live bus, and sends it to its clients. */
interface Replica {
  readonly server: ReturnType<typeof createServer>
  readonly token: string
  /** What comes over the bus: made before the run, since no replica makes it. The answer sends those from one to another. */
  prepare(readings: readonly Reading[]): (from: number, to: number) => void
}

/** The guide's loop: an emit for the device's room and one for everybody's, for each reading. No login. */
function createGuide(): Replica {
  const server = createServer()
  const io = new Server(server, { perMessageDeflate: false, serveClient: false, pingInterval: 600_000 })
  io.on('connection', (socket) => {
    socket.on('subscribe:device', (deviceId: string) => socket.join(`device:${deviceId}`))
    socket.on('subscribe-all-devices', () => socket.join('all-devices'))
  })
  return {
    server,
    token: '',
    prepare: (readings) => (from, to) => {
      for (const reading of readings.slice(from, to)) {
        io.to(`device:${reading.deviceId}`).emit('sensor:reading', reading)
        io.to('all-devices').emit('sensor:all', reading)
      }
    },
  }
}

async function createOurReplica(): Promise<Replica> {
  const { server, token, publish } = await createOurs()
  return {
    server,
    token,
    prepare(readings) {
      const encoded = readings.map(encode)
      return (from, to) => publish(encoded.slice(from, to))
    },
  }
}

const side = process.argv[2] as Side
const replica: Replica = side === 'guide' ? createGuide() : await createOurReplica()
const devices = Array.from({ length: DEVICES }, (_, n) => {
  const deviceId = `bench-${n}`
  return { deviceId, partition: partitionOf(deviceId, PARTITIONS) }
})
const offsets = new Map<number, number>()
let next = 0

function nextReading(): Reading {
  const { deviceId, partition } = devices[next++ % DEVICES]!
  const offset = (offsets.get(partition) ?? -1) + 1
  offsets.set(partition, offset)
  return sampleReading(deviceId, partition, offset)
}

const PER_MS = (DEVICES * HZ[side]) / 1_000
let send: (from: number, to: number) => void = () => {}

function prepare({ seconds }: RunOrder): void {
  send = replica.prepare(Array.from({ length: seconds * 1_000 * PER_MS }, nextReading))
  // What making them has left is no part of what sending them costs.
  globalThis.gc!()
}

async function run({ seconds }: RunOrder): Promise<number> {
  const total = seconds * 1_000 * PER_MS
  const beginMs = performance.now()
  let sent = 0
  while (sent < total) {
    const due = Math.min(total, Math.floor((performance.now() - beginMs) * PER_MS))
    if (due > sent) send(sent, due)
    sent = due
    await new Promise((resolve) => setTimeout(resolve, STEP_MS))
  }
  return sent
}

function tell(message: ServerMessage): void {
  process.send!(message)
}

process.on('message', async (order: RunOrder) => {
  if (order.kind === 'run') return tell({ kind: 'done', readings: await run(order) })
  prepare(order)
  tell({ kind: 'prepared' })
})
process.on('disconnect', () => process.exit(0))
replica.server.listen(0, '127.0.0.1', () => {
  tell({
    kind: 'listening',
    port: (replica.server.address() as AddressInfo).port,
    token: replica.token,
  })
})
