import type { PayloadForm, SensorModel } from './device-model.js'

/** Kinds of devices that a small works has, in the order in which a fleet gets them. */
export interface DeviceKind {
  readonly id: string
  readonly name: string
  readonly site: string
  /** `#` is the number of the device */
  readonly location: string
  readonly tags: readonly string[]
  readonly form: PayloadForm
  readonly sensors: readonly SensorModel[]
}

export const DEVICE_KINDS: readonly DeviceKind[] = [
  {
    id: 'cold-room',
    name: 'Cold room',
    site: 'Cold store',
    location: 'Cold store, room #',
    tags: ['cold-chain', 'food'],
    form: 'several',
    sensors: [
      { sensorType: 'temperature', unit: '°C', base: -18, swing: 0.6, noise: 1.2, decimals: 1 },
      { sensorType: 'humidity', unit: '%', base: 82, noise: 6, decimals: 1, min: 0, max: 100 },
      { sensorType: 'door', base: 0, noise: 0, decimals: 0, on: 0.04 },
    ],
  },
  {
    id: 'line',
    name: 'Assembly line',
    site: 'North plant',
    location: 'Hall A, line #',
    tags: ['production'],
    form: 'single',
    sensors: [
      { sensorType: 'temperature', unit: '°C', base: 24, work: 7, swing: 2, noise: 1.5, decimals: 1 },
      { sensorType: 'vibration', unit: 'mm/s', base: 0.4, work: 2.1, noise: 0.5, decimals: 2, min: 0 },
      { sensorType: 'throughput', unit: 'units/min', base: 0, work: 42, noise: 5, decimals: 0, min: 0 },
    ],
  },
  {
    id: 'pump',
    name: 'Pump',
    site: 'Waterworks',
    location: 'Pump house, bay #',
    tags: ['water', 'rotating'],
    form: 'several',
    sensors: [
      { sensorType: 'pressure', unit: 'bar', base: 4.2, swing: 0.3, noise: 0.3, decimals: 2, min: 0 },
      { sensorType: 'flow', unit: 'm³/h', base: 18, swing: 6, noise: 2.5, decimals: 1, min: 0 },
      { sensorType: 'motor_temperature', unit: '°C', base: 48, swing: 6, noise: 3, decimals: 1 },
    ],
  },
  {
    id: 'weather',
    name: 'Weather station',
    site: 'North plant',
    location: 'Roof, mast #',
    tags: ['weather'],
    form: 'several',
    sensors: [
      { sensorType: 'temperature', unit: '°C', base: 27, swing: 5, peakHour: 7, noise: 2, decimals: 1 },
      {
        ...{ sensorType: 'humidity', unit: '%', base: 74, swing: 14, peakHour: 21, noise: 6, decimals: 0 },
        ...{ min: 0, max: 100 },
      },
      { sensorType: 'wind_speed', unit: 'm/s', base: 3, swing: 1.5, noise: 2.5, decimals: 1, min: 0 },
      { sensorType: 'air_pressure', unit: 'hPa', base: 1009, swing: 1, noise: 6, decimals: 1 },
    ],
  },
  {
    id: 'energy',
    name: 'Energy meter',
    site: 'North plant',
    location: 'Switch room, panel #',
    tags: ['energy'],
    form: 'single',
    sensors: [
      { sensorType: 'power', unit: 'kW', base: 12, work: 64, noise: 9, decimals: 2, min: 0 },
      { sensorType: 'voltage', unit: 'V', base: 231, swing: 1.5, noise: 3, decimals: 1 },
      { sensorType: 'energy', unit: 'kWh', base: 120_000, noise: 0, decimals: 2, perHour: 48 },
    ],
  },
]
