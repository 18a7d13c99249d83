import type { AddressInfo } from 'node:net'
import { createOurs, NO_LIMITS } from '../frame/sides.js'
import { sampleReading } from '../harness/sample-reading.js'
import { FROZEN, ICE, RATE, type ServerMessage, type ServerOrder, WATCHED } from './protocol.js'

const STEP_MS = 1_000 / RATE
/** A few dozen of them fill the kernel's buffers and the backlog. */
const LARGE = 'x'.repeat(65_536)
/** Half of the window of readings: what lies in it must not be outrun. */
const MAX_LARGE = 250
const STEP_OF_ICE_MS = 20

const side = await createOurs(NO_LIMITS)
const offsets = { [WATCHED]: -1, [ICE]: -1 }

function send(deviceId: typeof WATCHED | typeof ICE, location: string): void {
  offsets[deviceId] += 1
  const partition = deviceId === WATCHED ? 0 : 1
  const reading = { ...sampleReading(deviceId, partition, offsets[deviceId]), location }
  side.send([reading])
}

async function lagging(): Promise<number> {
  const { body } = await side.metrics!.render()
  return Number(/^iot_socket_lagging_clients (\d+)$/m.exec(body)?.[1])
}

async function run(readings: number): Promise<void> {
  globalThis.gc!()
  const before = process.cpuUsage()
  const startMs = performance.now()
  for (let sent = 1; sent <= readings; sent++) {
    send(WATCHED, 'Assembly Line 1')
    const waitMs = startMs + sent * STEP_MS - performance.now()
    await new Promise((resolve) => (waitMs > 1 ? setTimeout(resolve, waitMs) : setImmediate(resolve)))
  }
  const { user, system } = process.cpuUsage(before)
  tell({ kind: 'ran', cpuMicros: user + system, lagging: await lagging() })
}

async function ice(): Promise<void> {
  for (let sent = 0; sent < MAX_LARGE && (await lagging()) < FROZEN; sent++) {
    send(ICE, LARGE)
    await new Promise((resolve) => setTimeout(resolve, STEP_OF_ICE_MS))
  }
  tell({ kind: 'iced', lagging: await lagging() })
}

async function measure(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    globalThis.gc!()
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  tell({ kind: 'measured', aliveBytes: heapUsed + external, residentBytes: rss })
}

function tell(message: ServerMessage): void {
  process.send!(message)
}

process.on('message', (order: ServerOrder) => {
  if (order.kind === 'run') void run(order.readings)
  else if (order.kind === 'ice') void ice()
  else void measure()
})
process.on('disconnect', () => process.exit(0))
side.server.listen(0, '127.0.0.1', () => {
  tell({ kind: 'listening', port: (side.server.address() as AddressInfo).port, token: side.token })
})
