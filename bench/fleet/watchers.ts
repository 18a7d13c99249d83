import type { Reading } from '@iot/contracts'
import { until } from '@iot/testkit'
import { io } from 'socket.io-client'
import { preciseNowMs } from '../latency/protocol.js'
import type { FleetWatchAnswer, FleetWatchOrder } from './protocol.js'

/** Dashboards: stock clients that watch every device by batches of 100 ms, through the front door. */
let latenciesMs: number[] = []
let counts: number[] = []

async function watch(order: Extract<FleetWatchOrder, { kind: 'watch' }>, at: number): Promise<void> {
  const socket = io(order.url, { auth: { token: order.token }, transports: ['websocket'], forceNew: true })
  socket.on('sensor:batch', ({ readings }: { readings: Reading[] }) => {
    counts[at] = (counts[at] ?? 0) + readings.length
    const nowMs = preciseNowMs()
    for (const { value } of readings) latenciesMs.push(nowMs - value)
  })
  const answer = await socket.timeout(20_000).emitWithAck('subscribe-all-devices', { batch: true })
  if (!answer.ok) throw new Error(`not subscribed: ${JSON.stringify(answer)}`)
}

function tell(message: FleetWatchAnswer): void {
  process.send!(message)
}

process.on('message', async (order: FleetWatchOrder) => {
  if (order.kind === 'watch') {
    counts = Array.from({ length: order.clients }, () => 0)
    await Promise.all(counts.map((_, at) => watch(order, at)))
    tell({ kind: 'watching' })
    return
  }
  await until('every dashboard has every reading', () => counts.every((count) => count >= order.readings), {
    withinMs: 60_000,
  })
  tell({ kind: 'latencies', latenciesMs })
  latenciesMs = []
  counts = counts.map((count) => count - order.readings)
})
process.on('disconnect', () => process.exit(0))
