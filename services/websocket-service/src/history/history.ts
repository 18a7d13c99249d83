import type { HistoryRequest, Reading } from '@iot/contracts'
import { bucketWidth, parseTime, presentReading } from '@iot/domain'
import type { DeviceStore, ReadingStore } from '@iot/ports'
import { AppError } from '@iot/runtime'
import type { Handler } from '../events/dispatcher.js'
import { requireVisible } from '../rooms/can-see.js'
import type { DeviceDirectory } from '../rooms/device-directory.js'

const DEFAULT_LIMIT = 1_000
/** Points over all sensors of a device in one answer. */
const MAX_POINTS = 20_000
/** Questions of one client that the store works on at once. */
const MAX_CALLS = 4
const RETRY_CALLS_MS = 500

/** A reading of `maxPoints`: what a bucket holds, `value` being its mean and `timestamp` its beginning. */
export interface HistoryPoint extends Reading {
  readonly count: number
  readonly min: number
  readonly max: number
  readonly last: number
}

export interface HistoryDeps {
  readonly directory: Pick<DeviceDirectory, 'siteOf'>
  readonly readings: Pick<ReadingStore, 'read' | 'buckets'>
  readonly devices: Pick<DeviceStore, 'get'>
}

/**
 * `get:history`: the newest `limit` readings of a range, oldest first, or with `maxPoints` as many points per
 * sensor at most, each a bucket of a readable width with the minimum and maximum kept.
 */
export function createHistoryHandler(deps: HistoryDeps): Handler {
  return async (session, [argument]) => {
    const request = argument as HistoryRequest
    requireVisible(deps.directory, session, request.deviceId)
    const range = readRange(request)
    if (session.historyCalls >= MAX_CALLS) {
      throw new AppError('RATE_LIMITED', `At most ${MAX_CALLS} get:history at once`, {
        retryAfterMs: RETRY_CALLS_MS,
      })
    }
    session.historyCalls += 1
    try {
      const data = await (request.maxPoints === undefined
        ? readRows(deps, request, range)
        : readPoints(deps, request, range, request.maxPoints))
      // The store may have taken its time, and the device may be elsewhere by now.
      requireVisible(deps.directory, session, request.deviceId)
      return { answer: { success: true, message: 'Historical data retrieved', data } }
    } finally {
      session.historyCalls -= 1
    }
  }
}

interface Range {
  readonly fromMs: number
  readonly toMs: number
}

function readRange(request: HistoryRequest): Range {
  const fromMs = readTime('from', request.from)
  const toMs = readTime('to', request.to)
  if (fromMs >= toMs) throw new AppError('VALIDATION_FAILED', 'argument 1: from must be before to')
  return { fromMs, toMs }
}

function readTime(field: string, time: string | number): number {
  const ms = parseTime(time)
  if (ms === undefined) {
    throw new AppError('VALIDATION_FAILED', `argument 1: ${field} is no time: ISO 8601, or Unix milliseconds`)
  }
  return ms
}

async function readRows(
  { readings }: HistoryDeps,
  request: HistoryRequest,
  range: Range,
): Promise<Reading[]> {
  const rows = await readings.read({
    ...range,
    deviceId: request.deviceId,
    ...(request.sensorType !== undefined && { sensorType: request.sensorType }),
    limit: request.limit ?? DEFAULT_LIMIT,
    pick: 'newest',
  })
  return rows.map(presentReading)
}

async function readPoints(
  { readings, devices }: HistoryDeps,
  request: HistoryRequest,
  range: Range,
  maxPoints: number,
): Promise<HistoryPoint[]> {
  const { deviceId, sensorType } = request
  const [buckets, device] = await Promise.all([
    readings.buckets({
      ...range,
      deviceId,
      ...(sensorType !== undefined && { sensorType }),
      bucketMs: bucketWidth(range.fromMs, range.toMs, maxPoints),
      limit: MAX_POINTS,
    }),
    devices.get(deviceId),
  ])
  const units = new Map(device?.sensors.map((sensor) => [sensor.sensorType, sensor.unit]))
  return buckets.map(({ avg, ...bucket }) => {
    const unit = units.get(bucket.sensorType)
    return { deviceId, ...bucket, value: avg, ...(unit !== undefined && { unit }), status: 'normal' }
  })
}
