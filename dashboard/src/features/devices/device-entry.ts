import type { Device, DeviceStatus, Reading } from '@iot/contracts'

/** A sensor as the page keeps it: its newest reading by device time, and how often it usually speaks. */
export interface SensorEntry {
  sensorType: string
  unit?: string
  latest?: Reading
  /** ms since 1970 of `latest` */
  latestAtMs?: number
  /** learned from the readings seen, ms; undefined until two have come */
  intervalMs?: number
}

export interface DeviceEntry {
  deviceId: string
  name: string
  status: DeviceStatus
  site?: string
  location?: string
  tags: readonly string[]
  lastSeenMs?: number
  sensors: Readonly<Record<string, SensorEntry>>
  /** name, id, site, location and tags in lower case, for the search */
  haystack: string
  /** the name made comparable letter by letter, numbers by their size: a collator costs 200 ms for 10 000 */
  sortKey: string
  /** false: heard of by a live reading only; its name and place are not loaded yet */
  described: boolean
}

/** Weight of the newest gap in a sensor's usual interval. */
const INTERVAL_WEIGHT = 0.25

export function entryFromDevice(device: Device, before: DeviceEntry | undefined): DeviceEntry {
  let sensors: Record<string, SensorEntry> = { ...before?.sensors }
  for (const sensor of device.sensors) {
    const known = sensors[sensor.sensorType]
    sensors = {
      ...sensors,
      [sensor.sensorType]: {
        sensorType: sensor.sensorType,
        ...known,
        ...(sensor.unit !== undefined && { unit: sensor.unit }),
      },
    }
    if (sensor.latest !== undefined) {
      const moved = withReading(sensors[sensor.sensorType], sensor.latest)
      if (moved !== undefined) sensors[sensor.sensorType] = moved
    }
  }
  const seenMs = device.lastSeen === undefined ? undefined : Date.parse(device.lastSeen)
  const lastSeenMs = newest(before?.lastSeenMs, seenMs)
  return {
    deviceId: device.deviceId,
    name: device.name,
    status: device.status,
    ...(device.site !== undefined && { site: device.site }),
    ...(device.location !== undefined && { location: device.location }),
    tags: device.tags,
    ...(lastSeenMs !== undefined && { lastSeenMs }),
    sensors,
    haystack: haystackOf(device),
    sortKey: before?.name === device.name ? before.sortKey : sortKeyOf(device.name),
    described: true,
  }
}

export function undescribedEntry(deviceId: string): DeviceEntry {
  return {
    deviceId,
    name: deviceId,
    status: 'unknown',
    tags: [],
    sensors: {},
    haystack: deviceId.toLowerCase(),
    sortKey: sortKeyOf(deviceId),
    described: false,
  }
}

/** The sensor with this reading in it, or undefined when the reading is not newer: latest moves by device time only. */
export function withReading(sensor: SensorEntry | undefined, reading: Reading): SensorEntry | undefined {
  const atMs = Date.parse(reading.timestamp)
  if (sensor?.latestAtMs !== undefined && atMs <= sensor.latestAtMs) return undefined
  const gapMs = sensor?.latestAtMs === undefined ? undefined : atMs - sensor.latestAtMs
  const unit = reading.unit ?? sensor?.unit
  const intervalMs = learnedInterval(sensor?.intervalMs, gapMs)
  return {
    sensorType: reading.sensorType,
    ...(unit !== undefined && { unit }),
    latest: reading,
    latestAtMs: atMs,
    ...(intervalMs !== undefined && { intervalMs }),
  }
}

/** An outage is not an interval: a gap counts at most as three usual ones. */
function learnedInterval(usualMs: number | undefined, gapMs: number | undefined): number | undefined {
  if (gapMs === undefined) return usualMs
  if (usualMs === undefined) return gapMs
  return usualMs + (Math.min(gapMs, usualMs * 3) - usualMs) * INTERVAL_WEIGHT
}

const FIRST_CHOICE = ['temperature', 'humidity', 'pressure', 'power', 'level', 'vibration', 'battery']

/** The sensor a tile shows: one that is not normal first, then the most telling kind, then by name. */
export function mainSensor(entry: DeviceEntry): SensorEntry | undefined {
  let best: SensorEntry | undefined
  let bestRank = Number.POSITIVE_INFINITY
  for (const sensor of Object.values(entry.sensors)) {
    if (sensor.latest === undefined) continue
    const choice = FIRST_CHOICE.indexOf(sensor.sensorType)
    const severity = sensor.latest.status === 'critical' ? 0 : sensor.latest.status === 'warning' ? 100 : 200
    const rank = severity + (choice === -1 ? FIRST_CHOICE.length : choice)
    if (rank < bestRank || (rank === bestRank && best && sensor.sensorType < best.sensorType)) {
      best = sensor
      bestRank = rank
    }
  }
  return best
}

export function newest(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined) return other
  return other === undefined ? one : Math.max(one, other)
}

function haystackOf({ name, deviceId, site, location, tags }: Device): string {
  return [name, deviceId, site, location, ...tags].join('\n').toLowerCase()
}

const NUMBER_WIDTH = 12

/** Pump 9 before Pump 10, without regard to case and accents. */
export function sortKeyOf(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('đ', 'd')
    .replace(/\d+/g, (digits) => digits.padStart(NUMBER_WIDTH, '0'))
}

export function compareEntries(one: DeviceEntry | undefined, other: DeviceEntry | undefined): number {
  const [first, second] = [one?.sortKey ?? '', other?.sortKey ?? '']
  return first < second ? -1 : first > second ? 1 : 0
}
