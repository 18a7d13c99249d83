import type { MqttClient } from 'mqtt'
import { publish } from '../../e2e/harness/devices.js'

export const RIG = 'bench-rig'
export const SENSORS = Array.from({ length: 12 }, (_, at) => `channel-${String(at + 1).padStart(2, '0')}`)
/** Of each sensor, over the last hour. */
const PAST_POINTS = 600
const PAST_STEP_MS = 6_000
const DEVICES = 200
const LIVE_STEP_MS = 200
const IN_A_MESSAGE = 50

/** Readings of `publishPast`. */
export const PUBLISHED = PAST_POINTS * SENSORS.length + DEVICES

const values = (at: number) =>
  Object.fromEntries(SENSORS.map((sensor, n) => [sensor, 20 + n + 5 * Math.sin(at / (40 + n))]))

/** A device with an hour of twelve sensors, and others for the overview to show. */
export async function publishPast(client: MqttClient): Promise<void> {
  const nowMs = Date.now()
  const past = Array.from({ length: PAST_POINTS }, (_, at) => ({
    deviceId: RIG,
    ...values(at),
    timestamp: new Date(nowMs - (PAST_POINTS - at) * PAST_STEP_MS).toISOString(),
  }))
  for (let from = 0; from < past.length; from += IN_A_MESSAGE) {
    await publish(client, 'sensor/data', past.slice(from, from + IN_A_MESSAGE))
  }
  const others = Array.from({ length: DEVICES }, (_, at) => ({
    deviceId: `bench-${String(at).padStart(3, '0')}`,
    temperature: 20 + (at % 10),
  }))
  await publish(client, 'sensor/data', others)
}

/** All twelve sensors five times a second, until it is told to stop. */
export function publishLive(client: MqttClient): () => void {
  let at = PAST_POINTS
  const timer = setInterval(() => {
    at += 1
    client.publish(`devices/${RIG}/telemetry`, JSON.stringify(values(at)), { qos: 0 })
  }, LIVE_STEP_MS)
  return () => clearInterval(timer)
}
