import type { MqttClient } from 'mqtt'
import { setUp } from '../../e2e/harness/api.js'
import { connectDevice } from '../../e2e/harness/devices.js'
import { startSystem } from '../harness/bench-system.js'
import { end, heard, start } from '../harness/child.js'
import { atMost, type Judgement, quantile, report } from '../harness/report.js'
import {
  CLIENTS,
  type Kind,
  preciseNowMs,
  type ReportOrder,
  type WatchAnswer,
  type WatchOrder,
} from './protocol.js'

/**
 * From just before a device publishes to the event in a browser's hands, at 1 000 readings/s with 20 stock
 * clients that watch everything: half of them by single events, half by batches of 100 ms.
 */
const P50_TARGET_MS = 100
const P99_TARGET_MS = 300
const DEVICES = 50
const STEP_MS = 20
const PER_STEP = 20
const WARM_UP_MS = 5_000
const SECONDS = Number(process.argv[2] ?? 20)

const watchers = start(new URL('./watchers.ts', import.meta.url))
const system = await startSystem()
const devices: MqttClient[] = []
/** A reading is known by its device's time: two of one ms would be one. */
let lastTimestampMs = 0

function publishOne(n: number): void {
  const device = n % DEVICES
  const sentMs = preciseNowMs()
  lastTimestampMs = Math.max(lastTimestampMs + (device === 0 ? 1 : 0), Math.floor(sentMs))
  const timestamp = new Date(lastTimestampMs).toISOString()
  const payload = { deviceId: `bench-${device}`, sensorType: 'temperature', value: sentMs, timestamp }
  devices[device]!.publish('sensor/data', JSON.stringify(payload), { qos: 1 })
}

/** Publishes at the rate, by the clock, in steps that are a fiftieth of a second; answers how many. */
async function publishFor(durationMs: number): Promise<number> {
  const beginMs = performance.now()
  let sent = 0
  for (let nowMs = beginMs; nowMs - beginMs < durationMs; nowMs = performance.now()) {
    const due = (Math.floor((nowMs - beginMs) / STEP_MS) + 1) * PER_STEP
    for (; sent < due; sent++) publishOne(sent)
    await pause(STEP_MS)
  }
  return sent
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Rejects unless every client gets every reading. */
async function takeLatencies(readings: number): Promise<Readonly<Record<Kind, readonly number[]>>> {
  const answered = heard<WatchAnswer, 'latencies'>(watchers, 'latencies')
  watchers.send({ kind: 'report', readings } satisfies ReportOrder)
  return (await answered).latenciesMs
}

function judge(kind: Kind, latenciesMs: readonly number[]): Judgement[] {
  return [
    atMost(`${kind} events: p50, ms`, quantile(latenciesMs, 0.5), P50_TARGET_MS),
    atMost(`${kind} events: p99, ms`, quantile(latenciesMs, 0.99), P99_TARGET_MS),
  ]
}

try {
  const { token } = await setUp(system)
  const watching = heard<WatchAnswer, 'watching'>(watchers, 'watching')
  watchers.send({ kind: 'watch', httpPort: system.httpPort, token } satisfies WatchOrder)
  await watching
  for (let n = 0; n < DEVICES; n++) devices.push(await connectDevice(system, { clientId: `bench-${n}` }))
  await takeLatencies(await publishFor(WARM_UP_MS))
  const sent = await publishFor(SECONDS * 1_000)
  const { single, batched } = await takeLatencies(sent)
  report('latency', [...judge('single', single), ...judge('batched', batched)], {
    load: {
      devices: DEVICES,
      readingsPerSecond: (PER_STEP * 1_000) / STEP_MS,
      clients: CLIENTS,
      readings: sent,
    },
    maxMs: { single: quantile(single, 1), batched: quantile(batched, 1) },
  })
} finally {
  for (const device of devices) device.end(true)
  end(watchers)
  await system.dispose()
}
