import { connectAsync, type MqttClient } from 'mqtt'
import { buildImages, type Stack, startStack } from '../../e2e/fleet/harness/stack.js'
import { setUp } from '../../e2e/harness/api.js'
import { end, heard, start } from '../harness/child.js'
import { atMost, quantile, report, round } from '../harness/report.js'
import { preciseNowMs } from '../latency/protocol.js'
import { type Usage, usageOf } from './containers.js'
import type { FleetWatchAnswer, FleetWatchOrder } from './protocol.js'

/**
 * All processes and servers of the fleet in containers: CPU per reading that is stored and shown to 20 dashboards, at
 * 2 000 readings a second, one reading a message and ten; and how long a reading takes from device to browser.
 */
const DEVICES = 50
const DASHBOARDS = 20
const RATE = 2_000
const STEP_MS = 20
const REST_MS = 15_000
/** Kafka and Node compile what runs often for their first minutes, at ten rounds a second, which is no cost of a reading. */
const WARM_UP_MS = 300_000
const SECONDS = Number(process.argv[2] ?? 60)
const MIB = 1_048_576

interface Phase {
  readonly seconds: number
  readonly readings: number
  /** µs of each service */
  readonly cpuMicros: ReadonlyMap<string, number>
  readonly latenciesMs: readonly number[]
}

const watchers = start(new URL('./watchers.ts', import.meta.url))
let lastTimestampMs = Date.now()

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Publishes at the rate, by the clock; resolves with how many readings when all are acknowledged. */
async function publishFor(devices: MqttClient[], durationMs: number, perMessage: number): Promise<number> {
  const beginMs = performance.now()
  const sending: Promise<unknown>[] = []
  let sent = 0
  for (let nowMs = beginMs; nowMs - beginMs < durationMs; nowMs = performance.now()) {
    const due = ((nowMs - beginMs) / 1_000) * RATE
    for (; sent < due; sent += perMessage) sending.push(publishOne(devices, sent / perMessage, perMessage))
    await pause(STEP_MS)
  }
  await Promise.all(sending)
  return sent
}

function publishOne(devices: MqttClient[], n: number, perMessage: number): Promise<unknown> {
  const device = n % DEVICES
  const value = preciseNowMs()
  lastTimestampMs = Math.max(lastTimestampMs + 1, Math.floor(value))
  const timestamp = new Date(lastTimestampMs).toISOString()
  const deviceId = `bench-${device}`
  const payload =
    perMessage === 1
      ? { deviceId, sensorType: 's0', value, timestamp }
      : {
          deviceId,
          readings: Array.from({ length: perMessage }, (_, at) => ({
            sensorType: `s${at}`,
            value,
            timestamp,
          })),
        }
  return devices[device]!.publishAsync('sensor/data', JSON.stringify(payload), { qos: 1 })
}

async function measure(stack: Stack, work: () => Promise<number>): Promise<Phase> {
  const before = await usageOf(stack)
  const beginMs = performance.now()
  const readings = await work()
  const latenciesMs = readings > 0 ? await shown(readings) : []
  const after = await usageOf(stack)
  const cpuMicros = new Map(
    [...after].map(([service, { cpuMicros }]) => [
      service,
      cpuMicros - (before.get(service)?.cpuMicros ?? 0),
    ]),
  )
  return { seconds: (performance.now() - beginMs) / 1_000, readings, cpuMicros, latenciesMs }
}

async function shown(readings: number): Promise<readonly number[]> {
  const answered = heard<FleetWatchAnswer, 'latencies'>(watchers, 'latencies')
  watchers.send({ kind: 'report', readings } satisfies FleetWatchOrder)
  return (await answered).latenciesMs
}

const sum = (values: Iterable<number>) => [...values].reduce((total, one) => total + one, 0)
const perReading = ({ cpuMicros, readings }: Phase) => sum(cpuMicros.values()) / readings

function aboveIdle(phase: Phase, idle: Phase): number {
  const idleRate = sum(idle.cpuMicros.values()) / idle.seconds
  return (sum(phase.cpuMicros.values()) - idleRate * phase.seconds) / phase.readings
}

function shares({ cpuMicros, readings, seconds }: Phase): Record<string, number> {
  const per = readings > 0 ? readings : seconds
  return Object.fromEntries([...cpuMicros].map(([service, micros]) => [service, round(micros / per)]))
}

const memoryOf = (usages: ReadonlyMap<string, Usage>) =>
  Object.fromEntries(
    [...usages].map(([service, { memoryBytes }]) => [service, Math.round(memoryBytes / MIB)]),
  )

await buildImages()
const startedMs = performance.now()
const stack = await startStack()
const upSeconds = (performance.now() - startedMs) / 1_000
const devices: MqttClient[] = []
try {
  const { token } = await setUp(stack)
  await pause(REST_MS)
  const memory = memoryOf(await usageOf(stack))
  const watching = heard<FleetWatchAnswer, 'watching'>(watchers, 'watching')
  watchers.send({ kind: 'watch', url: stack.url, token, clients: DASHBOARDS } satisfies FleetWatchOrder)
  await watching
  for (let n = 0; n < DEVICES; n++) {
    devices.push(await connectAsync(stack.mqttUrl, { clientId: `bench-${n}`, protocolVersion: 4 }))
  }
  for (const perMessage of [10, 1]) {
    await measure(stack, () => publishFor(devices, WARM_UP_MS / 2, perMessage))
  }
  const idle = await measure(stack, () => pause(SECONDS * 1_000).then(() => 0))
  const single = await measure(stack, () => publishFor(devices, SECONDS * 1_000, 1))
  const tens = await measure(stack, () => publishFor(devices, SECONDS * 1_000, 10))
  report(
    'fleet',
    [
      atMost('one reading a message, µs a reading, idle counted', perReading(single), 300),
      atMost('one reading a message, µs a reading, above idle', aboveIdle(single, idle), 200),
      atMost('ten readings a message, µs a reading, above idle', aboveIdle(tens, idle), 80),
      atMost('device to browser, p99, ms', quantile(single.latenciesMs, 0.99), 300),
      atMost('memory of the idle stack, MiB', sum(Object.values(memory)), 1_600),
      atMost('from `docker compose up` to ready, s', upSeconds, 60),
    ],
    {
      load: { devices: DEVICES, dashboards: DASHBOARDS, readingsPerSecond: RATE, seconds: SECONDS },
      microsPerReading: { single: shares(single), tens: shares(tens) },
      idleMicrosPerSecond: shares(idle),
      idleMemoryMiB: memory,
      latencyMs: {
        p50: round(quantile(single.latenciesMs, 0.5)),
        tensP99: round(quantile(tens.latenciesMs, 0.99)),
      },
    },
  )
} finally {
  for (const device of devices) device.end(true)
  end(watchers)
  await stack.dispose()
}
