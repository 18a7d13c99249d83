import {
  DeviceId,
  LATEST_LIMIT,
  Latest,
  LatestQuery,
  MqttStatus,
  type Reading,
  SensorType,
} from '@iot/contracts'
import type { DeviceState, LiveState } from '@iot/ports'
import { Type } from 'typebox'
import { createCursor } from '../cursor.js'
import { bySensorType } from '../present/present-device.js'
import { type Route, route } from '../route.js'
import type { SystemView } from '../system-view.js'

const cursor = createCursor(Type.Tuple([DeviceId, SensorType]))

/** Devices whose states are looked at in one step while a page is filled. */
const DEVICES_AT_ONCE = 500

export function sensorRoutes(deps: { state: LiveState; system: SystemView }): Route[] {
  return [latestOfAll(deps), mqttStatus(deps)]
}

function latestOfAll({ state }: { state: LiveState }): Route {
  return route(
    {
      method: 'GET',
      path: '/api/sensors/latest',
      summary: 'The newest reading of each sensor of all devices, in order of device id and sensor type',
      tag: 'readings',
      access: 'user',
      query: LatestQuery,
      status: 200,
      answer: Latest,
      errors: ['BAD_CURSOR'],
    },
    async ({ query }) => {
      const limit = query.limit ?? LATEST_LIMIT.default
      const place = cursor.read(query.cursor)
      const { readings, more } = await gather(state, place, limit)
      const last = readings.at(-1)
      const next = more && last && cursor.write([last.deviceId, last.sensorType])
      return { body: { items: readings, ...(next && { nextCursor: next }) } }
    },
  )
}

/** Readings after a place, at most `limit`, and whether there may be more. */
async function gather(
  state: LiveState,
  place: [string, string] | undefined,
  limit: number,
): Promise<{ readings: Reading[]; more: boolean }> {
  const readings: Reading[] = []
  if (place) {
    const [deviceId, sensorType] = place
    const rest = readingsOf(await state.get([deviceId]))
    readings.push(...rest.filter((reading) => reading.sensorType > sensorType))
  }
  let after = place?.[0]
  while (readings.length <= limit) {
    const states = await nextStates(state, after)
    readings.push(...readingsOf(states))
    if (states.length < DEVICES_AT_ONCE) return cut(readings, limit, false)
    after = states.at(-1)!.deviceId
  }
  return cut(readings, limit, true)
}

function nextStates(state: LiveState, after: string | undefined): Promise<DeviceState[]> {
  return state.list({ limit: DEVICES_AT_ONCE, ...(after !== undefined && { after }) })
}

function cut(readings: Reading[], limit: number, more: boolean) {
  return { readings: readings.slice(0, limit), more: more || readings.length > limit }
}

function readingsOf(states: readonly DeviceState[]): Reading[] {
  return states.flatMap(({ readings }) => [...readings].sort(bySensorType))
}

function mqttStatus({ system }: { system: SystemView }): Route {
  return route(
    {
      method: 'GET',
      path: '/api/sensors/mqtt-status',
      summary: 'Whether devices can deliver by MQTT',
      tag: 'system',
      access: 'open',
      counts: 'none',
      status: 200,
      answer: MqttStatus,
    },
    async () => ({ body: { connected: await system.mqttConnected() } }),
  )
}
