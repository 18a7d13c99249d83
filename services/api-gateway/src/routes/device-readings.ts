import {
  Latest,
  PAGE_LIMIT,
  type ReadingBucket,
  ReadingsPage,
  ReadingsQuery,
  SensorType,
} from '@iot/contracts'
import { bucketCount, bucketWidth, parseDuration, presentReading } from '@iot/domain'
import type { Clock, ReadingStore } from '@iot/ports'
import { AppError } from '@iot/runtime'
import { type Static, Type } from 'typebox'
import { createCursor } from '../cursor.js'
import { bySensorType } from '../present/present-device.js'
import { invalid, LAST_MS, readTime } from '../read-range.js'
import { type Route, route } from '../route.js'
import { type DeviceDeps, DeviceParams, requireDevice } from './devices.js'

interface ReadingDeps extends DeviceDeps {
  readonly readings: ReadingStore
  readonly clock: Clock
}

type Query = Static<typeof ReadingsQuery>
interface Range {
  readonly fromMs: number
  readonly toMs: number
}

const DEFAULT_SPAN_MS = 24 * 3_600_000
/** Buckets of one answer at most, over all sensors: some 2 MB of JSON. */
const MAX_BUCKETS = 20_000

const cursor = createCursor(Type.Tuple([Type.Integer({ minimum: 0, maximum: LAST_MS }), SensorType]))

export function deviceReadingRoutes(deps: ReadingDeps): Route[] {
  return [latestOfDevice(deps), readingsOfDevice(deps)]
}

function latestOfDevice({ devices, state, readings }: ReadingDeps): Route {
  return route(
    {
      method: 'GET',
      path: '/api/devices/{deviceId}/latest',
      summary: 'The newest reading of each sensor of a device, by device time',
      tag: 'readings',
      access: 'user',
      params: DeviceParams,
      status: 200,
      answer: Latest,
      errors: ['NOT_FOUND'],
    },
    async ({ params, caller }) => {
      const { deviceId } = await requireDevice(devices, params.deviceId, caller)
      const [live] = await state.get([deviceId])
      // What has been silent since before the live state began is known to the store alone.
      const items = live?.readings.length
        ? [...live.readings]
        : (await readings.latest(deviceId)).map(presentReading)
      return { body: { items: items.sort(bySensorType) } }
    },
  )
}

function readingsOfDevice(deps: ReadingDeps): Route {
  return route(
    {
      method: 'GET',
      path: '/api/devices/{deviceId}/readings',
      summary:
        'Readings from `from` (inclusive) to `to` (exclusive), oldest first; the last 24 h without them. ' +
        'As they came in pages, or with `bucket` or `maxPoints` reduced in one answer, minimum and maximum kept',
      tag: 'readings',
      access: 'user',
      params: DeviceParams,
      query: ReadingsQuery,
      status: 200,
      answer: ReadingsPage,
      errors: ['NOT_FOUND', 'BAD_CURSOR', 'RANGE_TOO_LARGE'],
    },
    async ({ params, query, caller }) => {
      const range = readRange(query, deps.clock.nowMs())
      const widthMs = readWidth(query, range)
      if (widthMs !== undefined && query.cursor !== undefined) {
        throw invalid('cursor', 'is for readings as they came: buckets come in one answer')
      }
      const { deviceId } = await requireDevice(deps.devices, params.deviceId, caller)
      return widthMs === undefined
        ? { body: await rawPage(deps.readings, deviceId, query, range) }
        : { body: { items: await reduced(deps.readings, deviceId, query, range, widthMs) } }
    },
  )
}

async function rawPage(
  readings: ReadingStore,
  deviceId: string,
  query: Query,
  range: Range,
): Promise<Static<typeof ReadingsPage>> {
  const limit = query.limit ?? PAGE_LIMIT.default
  const place = cursor.read(query.cursor)
  const rows = await readings.read({
    deviceId,
    ...range,
    ...(query.sensorType !== undefined && { sensorType: query.sensorType }),
    ...(place && { after: { timestampMs: place[0], sensorType: place[1] } }),
    limit: limit + 1,
  })
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(presentReading),
    ...(rows.length > limit && last && { nextCursor: cursor.write([last.timestampMs, last.sensorType]) }),
  }
}

async function reduced(
  readings: ReadingStore,
  deviceId: string,
  query: Query,
  range: Range,
  bucketMs: number,
): Promise<ReadingBucket[]> {
  if (bucketCount(range.fromMs, range.toMs, bucketMs) > MAX_BUCKETS) {
    throw new AppError('RANGE_TOO_LARGE', `The range has more than ${MAX_BUCKETS} buckets of this width.`)
  }
  return readings.buckets({
    deviceId,
    ...range,
    ...(query.sensorType !== undefined && { sensorType: query.sensorType }),
    bucketMs,
    limit: MAX_BUCKETS,
  })
}

function readRange(query: Query, nowMs: number): Range {
  const toMs = readTime('to', query.to) ?? nowMs
  const fromMs = readTime('from', query.from) ?? Math.max(0, toMs - DEFAULT_SPAN_MS)
  if (fromMs >= toMs) throw invalid('from', 'must be before to')
  return { fromMs, toMs }
}

/** The width of the buckets asked for; undefined where readings are wanted as they came. */
function readWidth(query: Query, range: Range): number | undefined {
  const { bucket, maxPoints } = query
  if (bucket !== undefined && maxPoints !== undefined) {
    throw invalid('maxPoints', 'goes without bucket: both set the width')
  }
  if (bucket !== undefined) return parseDuration(bucket)
  return maxPoints === undefined ? undefined : bucketWidth(range.fromMs, range.toMs, maxPoints)
}
