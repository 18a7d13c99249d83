import type { Device, DeviceStatus, Reading, ReadingBucket } from '@iot/contracts'

/** What the mock shows, chosen by `?mock=` in the page's address when it loads. */
export const MOCK_SCENES = [
  'fleet',
  'many',
  'empty',
  'loading',
  'error',
  'forbidden',
  'partial',
  'lost',
  'polling',
  'login',
  'setup',
  'operator',
  'user',
  'ended',
] as const
export type MockScene = (typeof MOCK_SCENES)[number]

/** Devices whose history answers with one of the six states, whatever is asked. */
const SENTINELS = ['loading', 'empty', 'partial', 'error', 'forbidden', 'too-much'] as const

interface SensorModel {
  sensorType: string
  unit: string
  base: number
  swing: number
  noise: number
}

export interface MockDevice {
  device: Device
  sensors: SensorModel[]
  /** ms between readings */
  intervalMs: number
  /** the last moment it spoke; undefined: it still does */
  silentSinceMs?: number
  never: boolean
}

export interface MockWorld {
  startedAtMs: number
  devices: Map<string, MockDevice>
  /** device as REST shows it now */
  present(device: MockDevice, nowMs: number): Device
  readingAt(device: MockDevice, sensor: SensorModel, atMs: number): Reading
  latest(device: MockDevice, nowMs: number): Reading[]
  buckets(
    device: MockDevice,
    sensor: SensorModel,
    fromMs: number,
    toMs: number,
    widthMs: number,
  ): ReadingBucket[]
}

const KINDS: { name: string; sensors: SensorModel[] }[] = [
  {
    name: 'Cold room',
    sensors: [
      { sensorType: 'temperature', unit: '°C', base: 4.6, swing: 1.2, noise: 0.15 },
      { sensorType: 'humidity', unit: '%', base: 71, swing: 6, noise: 0.8 },
      { sensorType: 'battery', unit: '%', base: 87, swing: 0.4, noise: 0.05 },
    ],
  },
  {
    name: 'Pump',
    sensors: [
      { sensorType: 'pressure', unit: 'bar', base: 3.2, swing: 0.5, noise: 0.06 },
      { sensorType: 'vibration', unit: 'mm/s', base: 1.8, swing: 0.7, noise: 0.2 },
      { sensorType: 'power', unit: 'W', base: 742, swing: 120, noise: 14 },
    ],
  },
  {
    name: 'Line',
    sensors: [
      { sensorType: 'temperature', unit: '°C', base: 41, swing: 5, noise: 0.5 },
      { sensorType: 'vibration', unit: 'mm/s', base: 3.1, swing: 1.1, noise: 0.3 },
    ],
  },
  {
    name: 'Tank',
    sensors: [
      { sensorType: 'level', unit: '%', base: 63, swing: 22, noise: 0.4 },
      { sensorType: 'temperature', unit: '°C', base: 18, swing: 3, noise: 0.2 },
    ],
  },
  {
    name: 'Office',
    sensors: [
      { sensorType: 'temperature', unit: '°C', base: 23.4, swing: 2.2, noise: 0.1 },
      { sensorType: 'humidity', unit: '%', base: 52, swing: 8, noise: 0.5 },
      { sensorType: 'co2', unit: 'ppm', base: 640, swing: 210, noise: 12 },
    ],
  },
]
const SITES = ['Hanoi / Warehouse A', 'Hanoi / Warehouse B', 'Da Nang plant', 'Ho Chi Minh City office']
const DAY_MS = 86_400_000

/** A fleet that is the same each time: values are functions of device, sensor and time. */
export function createMockWorld(count: number, nowMs: number): MockWorld {
  const devices = new Map<string, MockDevice>()
  for (let index = 0; index < count; index += 1) {
    const made = makeDevice(index, nowMs)
    devices.set(made.device.deviceId, made)
  }
  return {
    startedAtMs: nowMs,
    devices,
    present: (model, atMs) => ({
      ...model.device,
      ...(!model.never && { lastSeen: iso(spokenAtMs(model, atMs)) }),
      sensors: model.sensors.map((sensor) => ({
        sensorType: sensor.sensorType,
        unit: sensor.unit,
        ...(!model.never && { latest: readingAt(model, sensor, spokenAtMs(model, atMs)) }),
      })),
    }),
    readingAt,
    latest: (model, atMs) =>
      model.never ? [] : model.sensors.map((sensor) => readingAt(model, sensor, spokenAtMs(model, atMs))),
    buckets,
  }
}

function makeDevice(index: number, nowMs: number): MockDevice {
  const kind = KINDS[index % KINDS.length]!
  const number = Math.floor(index / KINDS.length) + 1
  const sentinel = index >= 5 && index < 5 + SENTINELS.length ? SENTINELS[index - 5] : undefined
  const status: DeviceStatus =
    index === 11 ? 'offline' : index === 12 ? 'maintenance' : index === 13 ? 'unknown' : 'online'
  const silentMs =
    index === 11 ? 42 * 60_000 : index === 12 ? 3 * 3_600_000 : index === 17 ? 25 * 60_000 : undefined
  const site = index % 9 === 8 ? undefined : SITES[Math.floor(index / 3) % SITES.length]
  return {
    device: {
      deviceId:
        sentinel === undefined
          ? `${kind.name.toLowerCase().replaceAll(' ', '-')}-${number}`
          : `state-${sentinel}`,
      name: `${kind.name} ${number}`,
      status,
      ...(site !== undefined && { site, location: `Row ${(index % 7) + 1}` }),
      tags: index % 4 === 0 ? ['critical-process'] : index % 5 === 0 ? ['pilot', 'outdoor'] : [],
      attributes: { firmware: `1.${index % 4}.2`, model: `${kind.name} sensor` },
      createdAt: iso(nowMs - 30 * DAY_MS - index * 3_600_000),
      sensors: [],
    },
    sensors: kind.sensors,
    intervalMs: index % 6 === 0 ? 1_000 : 2_000 + (index % 4) * 1_000,
    ...(silentMs !== undefined && { silentSinceMs: nowMs - silentMs }),
    never: status === 'unknown',
  }
}

function spokenAtMs(model: MockDevice, nowMs: number): number {
  const atMs = Math.min(nowMs, model.silentSinceMs ?? nowMs)
  return atMs - (atMs % model.intervalMs)
}

function readingAt(model: MockDevice, sensor: SensorModel, atMs: number): Reading {
  const value = valueAt(model, sensor, atMs)
  const hot = isHot(model, sensor)
  return {
    deviceId: model.device.deviceId,
    sensorType: sensor.sensorType,
    value,
    unit: sensor.unit,
    timestamp: iso(atMs),
    receivedAt: iso(atMs + 12),
    status: hot ? 'critical' : 'normal',
  }
}

function isHot(model: MockDevice, sensor: SensorModel): boolean {
  return model.device.deviceId === 'cold-room-1' && sensor.sensorType === 'temperature'
}

function valueAt(model: MockDevice, sensor: SensorModel, atMs: number): number {
  const seed = hash(`${model.device.deviceId}/${sensor.sensorType}`)
  const daily = Math.sin((atMs / DAY_MS) * 2 * Math.PI + (seed % 7))
  const hourly = Math.sin((atMs / 3_600_000) * 2 * Math.PI + (seed % 11)) * 0.25
  const noise = (hash(`${seed}:${atMs}`) / 0xffffffff - 0.5) * 2 * sensor.noise
  const base = isHot(model, sensor) ? sensor.base + 4 : sensor.base
  return Math.round((base + sensor.swing * (daily + hourly) * 0.7 + noise) * 100) / 100
}

function buckets(
  model: MockDevice,
  sensor: SensorModel,
  fromMs: number,
  toMs: number,
  widthMs: number,
): ReadingBucket[] {
  const made: ReadingBucket[] = []
  const endMs = Math.min(toMs, model.silentSinceMs ?? toMs)
  for (let atMs = fromMs - (fromMs % widthMs); atMs < endMs; atMs += widthMs) {
    const values = [0.1, 0.35, 0.6, 0.85].map((part) =>
      valueAt(model, sensor, Math.round(atMs + widthMs * part)),
    )
    const avg = values.reduce((sum, value) => sum + value, 0) / values.length
    made.push({
      sensorType: sensor.sensorType,
      timestamp: iso(atMs),
      count: Math.max(1, Math.round(widthMs / model.intervalMs)),
      min: Math.min(...values) - sensor.noise,
      max: Math.max(...values) + sensor.noise,
      avg,
      last: values[3]!,
    })
  }
  return made
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString()
}

/** FNV-1a, 32 bit. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value >>> 0
}
