import type { Reading } from '@iot/contracts'
import { until } from '@iot/testkit'
import { io } from 'socket.io-client'
import {
  CLIENTS,
  type Kind,
  preciseNowMs,
  type ReportOrder,
  type WatchAnswer,
  type WatchOrder,
} from './protocol.js'

/** Stock clients that watch every device: one event per reading, or our dashboard's batches of 100 ms. */
const OPTIONS = { single: {}, batched: { batch: true } } as const
const SUBSCRIBE_LIMIT_MS = 10_000

const latenciesMs: Record<Kind, number[]> = { single: [], batched: [] }

/** A reading's value is the time at which it was sent. */
function note(kind: Kind, { value }: Reading): void {
  latenciesMs[kind].push(preciseNowMs() - value)
}

async function watch(kind: Kind, order: WatchOrder): Promise<void> {
  const socket = io(`http://127.0.0.1:${order.httpPort}`, {
    auth: { token: order.token },
    transports: ['websocket'],
    forceNew: true,
  })
  socket.on('sensor:all', (reading: Reading) => note(kind, reading))
  socket.on('sensor:batch', ({ readings }: { readings: Reading[] }) => {
    for (const reading of readings) note(kind, reading)
  })
  const answer = await socket.timeout(SUBSCRIBE_LIMIT_MS).emitWithAck('subscribe-all-devices', OPTIONS[kind])
  if (!answer.ok) throw new Error(`not subscribed: ${JSON.stringify(answer)}`)
}

async function untilAllHave(readings: number): Promise<void> {
  const missing = (kind: Kind) => readings * CLIENTS[kind] - latenciesMs[kind].length
  await until(
    'every client has every reading',
    () => missing('single') === 0 && missing('batched') === 0,
  ).catch((error: unknown) => {
    console.error({ readings, missing: { single: missing('single'), batched: missing('batched') } })
    throw error
  })
}

function tell(message: WatchAnswer): void {
  process.send!(message)
}

process.on('message', async (order: WatchOrder | ReportOrder) => {
  if (order.kind === 'report') {
    await untilAllHave(order.readings)
    tell({ kind: 'latencies', latenciesMs })
    for (const kind of ['single', 'batched'] as const) latenciesMs[kind] = []
    return
  }
  for (const kind of ['single', 'batched'] as const) {
    for (let n = 0; n < CLIENTS[kind]; n++) await watch(kind, order)
  }
  tell({ kind: 'watching' })
})
process.on('disconnect', () => process.exit(0))
