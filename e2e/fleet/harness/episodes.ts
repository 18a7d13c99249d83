import { connectAsync, type MqttClient } from 'mqtt'

/** Above the limit the rule is breached. */
export const LIMIT = 50
const HIGH = 80
const LOW = 20
/** Fewer than flapping begins with. */
const MOST_EPISODES = 3
const STEP_MS = 250
const AT_ONCE = 40

/** Devices in every partition, whoever has it: they stay over the limit until `start`. */
const FIRST = 24

export interface Episodes {
  /** Per device: how many times its value went over the limit, and came back. Whole once `finish` has resolved. */
  readonly begun: ReadonlyMap<string, number>
  /** The first devices come back below the limit, and the others begin. */
  start(): void
  /** Starts no new device; resolves when all of them have ended below the limit and every reading is acknowledged. */
  finish(): Promise<void>
  close(): void
}

/**
 * Devices of which each goes over a limit one to three times, for 0.25 s to 1.5 s, and is then replaced by another: 40 at
 * a time, four readings a second each. The first of them stay there until `start`, so that it can be seen from them
 * whether the rule is in force.
 */
export async function startEpisodes(mqttUrl: string, prefix: string, sensorType: string): Promise<Episodes> {
  const client = await connectAsync(mqttUrl, { protocolVersion: 4 })
  const begun = new Map<string, number>()
  const open = new Set<Promise<unknown>>()
  let plans: Plan[] = Array.from({ length: FIRST }, (_, n) => ({
    deviceId: `${prefix}-first-${n}`,
    episodes: 1,
    values: [HIGH],
  }))
  for (const { deviceId } of plans) begun.set(deviceId, 1)
  let made = 0
  let hasStarted = false
  let isEnding = false

  function turn(): void {
    if (!hasStarted) for (const { values } of plans) values.push(HIGH)
    plans = plans.filter(({ values }) => values.length > 0)
    while (hasStarted && !isEnding && plans.length < AT_ONCE) {
      const plan = makePlan(`${prefix}-${made}`)
      made += 1
      begun.set(plan.deviceId, plan.episodes)
      plans.push(plan)
    }
    const timestamp = new Date().toISOString()
    for (const { deviceId, values } of plans) {
      const sent = publish(client, { deviceId, sensorType, value: values.shift(), timestamp }).finally(() =>
        open.delete(sent),
      )
      open.add(sent)
    }
  }
  const timer = setInterval(turn, STEP_MS)

  return {
    begun,
    start() {
      for (const { values } of plans) values.push(LOW)
      hasStarted = true
    },
    async finish() {
      isEnding = true
      while (plans.some(({ values }) => values.length > 0)) await pause()
      clearInterval(timer)
      await Promise.all(open)
    },
    close() {
      clearInterval(timer)
      client.end(true)
    },
  }
}

interface Plan {
  readonly deviceId: string
  readonly episodes: number
  readonly values: number[]
}

function makePlan(deviceId: string): Plan {
  const episodes = 1 + Math.floor(Math.random() * MOST_EPISODES)
  const values: number[] = some(LOW)
  for (let n = 0; n < episodes; n++) values.push(...some(HIGH), ...some(LOW))
  return { deviceId, episodes, values }
}

function some(value: number): number[] {
  return new Array(1 + Math.floor(Math.random() * 6)).fill(value)
}

function publish(client: MqttClient, reading: object): Promise<unknown> {
  return client.publishAsync('sensor/data', JSON.stringify(reading), { qos: 1 })
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, STEP_MS))
}
