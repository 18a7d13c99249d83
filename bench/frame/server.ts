import type { AddressInfo } from 'node:net'
import type { Reading } from '@iot/contracts'
import { sampleReading } from '../harness/sample-reading.js'
import { RATE, type RunOrder, type ServerMessage, type Side } from './protocol.js'
import { createOurs, createStock } from './sides.js'

const STEP_MS = 1_000 / RATE

const side = await ((process.argv[2] as Side) === 'ours' ? createOurs() : createStock())
let offset = -1

function nextReading(): Reading {
  offset += 1
  return sampleReading('d1', 0, offset)
}

/** Bytes of a WebSocket frame with this reading, as every client gets it. */
function frameBytes(reading: Reading): number {
  const length = Buffer.byteLength(`42["sensor:reading",${JSON.stringify(reading)}]`)
  return length + (length < 126 ? 2 : 4)
}

/** One reading per step, also when behind: gathered writes are another bench. */
async function run({ readings }: RunOrder): Promise<void> {
  let bytesPerClient = 0
  const before = process.cpuUsage()
  const startMs = performance.now()
  for (let sent = 1; sent <= readings; sent++) {
    const reading = nextReading()
    bytesPerClient += frameBytes(reading)
    side.send([reading])
    const waitMs = startMs + sent * STEP_MS - performance.now()
    await new Promise((resolve) => (waitMs > 1 ? setTimeout(resolve, waitMs) : setImmediate(resolve)))
  }
  const { user, system } = process.cpuUsage(before)
  tell({ kind: 'done', cpuMicros: user + system, bytesPerClient })
}

function tell(message: ServerMessage): void {
  process.send!(message)
}

process.on('message', (order: RunOrder) => void run(order))
process.on('disconnect', () => process.exit(0))
side.server.listen(0, '127.0.0.1', () => {
  tell({ kind: 'listening', port: (side.server.address() as AddressInfo).port, token: side.token })
})
