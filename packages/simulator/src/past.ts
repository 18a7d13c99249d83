import mqtt, { type MqttClient } from 'mqtt'
import type { DeviceModel } from './device-model.js'
import { pastMessage } from './payload.js'
import type { Broker } from './simulated-device.js'

const DAY_MS = 86_400_000
/** Steps of one message; with four sensors that is far below what one message may hold. */
const STEPS_PER_MESSAGE = 96

export interface PastOptions extends Omit<Broker, 'sharedTopic'> {
  readonly devices: readonly DeviceModel[]
  readonly days: number
  readonly stepMinutes: number
  readonly seed: number
  /** the past ends here, ms since 1970 */
  readonly nowMs: number
  readonly sharedTopic?: string
  /** readings a second at most, so that the living devices and a small computer keep their breath */
  readonly readingsPerSecond?: number
  /** Whether a device's reading of a moment is stored; what is there already is not sent again. */
  isStored?(device: DeviceModel, sensorType: string, ms: number): Promise<boolean>
  onProgress?(progress: PastProgress): void
  readonly signal: AbortSignal
}

export interface PastProgress {
  /** messages that are acknowledged or were there already, of all */
  readonly done: number
  readonly total: number
  readonly readingsSent: number
}

interface Span {
  readonly device: DeviceModel
  readonly fromMs: number
  readonly steps: number
}

/**
 * Sends the past of devices over MQTT, as a device would that was long without a network: arrays, QoS 1, one message in
 * flight, newest first. Timestamps are multiples of the step, and what is measured at a time is always the
 * same, so that sending it twice changes nothing. Rejects when the signal aborts.
 */
export async function fillPast(options: PastOptions): Promise<PastProgress> {
  const { devices, seed, signal, isStored, onProgress, sharedTopic = 'sensor/data' } = options
  const stepMs = options.stepMinutes * 60_000
  const spans = planSpans(devices, options.nowMs, options.days, stepMs)
  const progress = { done: 0, total: spans.length, readingsSent: 0 }
  signal.throwIfAborted()
  const client = connect(options)
  const abort = whenAborted(signal)
  try {
    for (const { device, fromMs, steps } of spans) {
      const lastMs = fromMs + (steps - 1) * stepMs
      if (!(await isStored?.(device, device.sensors[0]!.sensorType, lastMs))) {
        const { topic, payload } = pastMessage(device, seed, { fromMs, steps, stepMs }, { sharedTopic })
        const readings = steps * device.sensors.length
        await Promise.race([client.publishAsync(topic, payload, { qos: 1 }), abort.promise])
        progress.readingsSent += readings
        await pause((readings / (options.readingsPerSecond ?? 3_000)) * 1_000, signal)
      }
      signal.throwIfAborted()
      progress.done += 1
      onProgress?.({ ...progress })
    }
    return progress
  } finally {
    abort.forget()
    client.end(true)
  }
}

/** Newest first, so that the last day is there long before the last week. Bounds are multiples of the span. */
function planSpans(devices: readonly DeviceModel[], nowMs: number, days: number, stepMs: number): Span[] {
  const spanMs = STEPS_PER_MESSAGE * stepMs
  const first = Math.ceil((nowMs - days * DAY_MS) / stepMs) * stepMs
  const last = Math.floor(nowMs / stepMs) * stepMs
  const spans: Span[] = []
  for (let start = Math.floor(last / spanMs) * spanMs; start + spanMs > first; start -= spanMs) {
    const fromMs = Math.max(start, first)
    const steps = (Math.min(start + spanMs - stepMs, last) - fromMs) / stepMs + 1
    if (steps > 0) spans.push(...devices.map((device) => ({ device, fromMs, steps })))
  }
  return spans
}

function connect({ url, username, password }: PastOptions): MqttClient {
  const client = mqtt.connect(url, {
    clientId: 'sim-past',
    protocolVersion: 4,
    keepalive: 30,
    reconnectPeriod: 2_000,
    ...(username !== undefined && { username, password: password ?? '' }),
  })
  // It is tried again; whoever waits for the past has its progress.
  client.on('error', () => {})
  return client
}

/** A promise that rejects when the signal aborts: one for all messages. */
function whenAborted(signal: AbortSignal): { promise: Promise<never>; forget(): void } {
  let onAbort: () => void = () => {}
  const promise = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason)
  })
  promise.catch(() => {})
  signal.addEventListener('abort', onAbort, { once: true })
  return { promise, forget: () => signal.removeEventListener('abort', onAbort) }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}
