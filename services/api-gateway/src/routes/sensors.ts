import {
  DeviceId,
  LATEST_LIMIT,
  Latest,
  LatestQuery,
  MqttStatus,
  type Reading,
  SensorType,
} from '@iot/contracts'
import type { DeviceState } from '@iot/ports'
import { Type } from 'typebox'
import { createCursor } from '../cursor.js'
import { bySensorType } from '../present/present-device.js'
import { type Route, route } from '../route.js'
import type { SystemView } from '../system-view.js'
import type { VisibleStates } from '../visible-states.js'

const cursor = createCursor(Type.Tuple([DeviceId, SensorType]))

export function sensorRoutes(deps: { visible: VisibleStates; system: SystemView }): Route[] {
  return [latestOfAll(deps), mqttStatus(deps)]
}

function latestOfAll({ visible }: { visible: VisibleStates }): Route {
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
    async ({ query, caller }) => {
      const limit = query.limit ?? LATEST_LIMIT.default
      const place = cursor.read(query.cursor)
      const { readings, more } = await gather(visible, caller.sites, place, limit)
      const last = readings.at(-1)
      const next = more && last && cursor.write([last.deviceId, last.sensorType])
      return { body: { items: readings, ...(next && { nextCursor: next }) } }
    },
  )
}

/** Readings after a place, at most `limit`, and whether there may be more. */
async function gather(
  visible: VisibleStates,
  sites: readonly string[] | undefined,
  place: [string, string] | undefined,
  limit: number,
): Promise<{ readings: Reading[]; more: boolean }> {
  const readings: Reading[] = []
  if (place) {
    const [deviceId, sensorType] = place
    // A cursor comes from outside: the device that it names is looked at like any other.
    const state = await visible.get(deviceId, sites)
    readings.push(...readingsOf(state ? [state] : []).filter((one) => one.sensorType > sensorType))
  }
  let after = place?.[0]
  while (readings.length <= limit) {
    const { states, next } = await visible.list(sites, after)
    readings.push(...readingsOf(states))
    if (next === undefined) return cut(readings, limit, false)
    after = next
  }
  return cut(readings, limit, true)
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
