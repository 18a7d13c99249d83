import { type StoredReading, StoreUnavailable } from '@iot/ports'
import type { Database } from '../database.js'
import { storableText } from './storable-text.js'

export interface SensorIds {
  /** The sensor of each row, as the database numbers it. Unknown devices and sensors come into being. */
  resolve(rows: readonly StoredReading[]): Promise<Int32Array>
  /** How many removals of sensors the ids know of: they are valid as long as it is the database’s count. */
  removals(): number
  /** Sensors were removed: forgets all ids. */
  forget(): void
}

interface KnownSensor {
  readonly id: number
  unit: string | undefined
}

interface Wanted {
  readonly deviceId: string
  readonly sensorType: string
  unit: string | undefined
}

/** Sensors whose ids are kept; beyond it the devices met first are forgotten, and asked for again when they come. */
const MAX_KNOWN = 50_000
const ATTEMPTS = 5

export function createSensorIds(database: Database, maxKnown = MAX_KNOWN): SensorIds {
  const known = new Map<string, Map<string, KnownSensor>>()
  let size = 0
  let removals = -1

  function forget(): void {
    known.clear()
    size = 0
    removals = -1
  }

  function remember(deviceId: string, sensorType: string, sensor: KnownSensor): void {
    let sensors = known.get(deviceId)
    if (!sensors) {
      sensors = new Map()
      known.set(deviceId, sensors)
    }
    if (!sensors.has(sensorType)) size += 1
    sensors.set(sensorType, sensor)
  }

  function trim(): void {
    for (const [deviceId, sensors] of known) {
      if (size <= maxKnown) return
      known.delete(deviceId)
      size -= sensors.size
    }
  }

  async function learn(wanted: readonly Wanted[]): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const found = await findSensors(database, wanted)
      // Ids from before a removal may be among the known: the caller begins anew.
      if (removals !== -1 && removals !== found.removals) return forget()
      removals = found.removals
      const missing: Wanted[] = []
      for (const [index, each] of wanted.entries()) {
        const sensor = found.sensors[index]
        if (sensor) remember(each.deviceId, each.sensorType, sensor)
        else missing.push(each)
      }
      if (missing.length === 0) return
      await createSensors(database, missing)
    }
    throw new StoreUnavailable('Sensors are removed as fast as they are made')
  }

  return {
    async resolve(rows) {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        const missing = missingOf(rows, known)
        if (missing.length > 0) await learn(missing)
        const ids = idsOf(rows, known)
        if (!ids) continue
        await noteUnits(database, rows, known)
        trim()
        return ids
      }
      throw new StoreUnavailable('Sensors are being removed')
    },
    removals: () => removals,
    forget,
  }
}

type Known = ReadonlyMap<string, ReadonlyMap<string, KnownSensor>>

function missingOf(rows: readonly StoredReading[], known: Known): Wanted[] {
  const missing = new Map<string, Wanted>()
  for (const { deviceId, sensorType, unit } of rows) {
    if (known.get(deviceId)?.has(sensorType)) continue
    const key = `${deviceId}\n${sensorType}`
    const wanted = missing.get(key)
    if (!wanted) missing.set(key, { deviceId, sensorType, unit })
    else wanted.unit = unit ?? wanted.unit
  }
  return [...missing.values()]
}

function idsOf(rows: readonly StoredReading[], known: Known): Int32Array | undefined {
  const ids = new Int32Array(rows.length)
  for (const [index, row] of rows.entries()) {
    const sensor = known.get(row.deviceId)?.get(row.sensorType)
    if (!sensor) return undefined
    ids[index] = sensor.id
  }
  return ids
}

/** The unit of a sensor is the one told last. */
async function noteUnits(database: Database, rows: readonly StoredReading[], known: Known): Promise<void> {
  const changed = new Map<KnownSensor, string>()
  for (const { deviceId, sensorType, unit } of rows) {
    if (unit === undefined) continue
    const sensor = known.get(deviceId)?.get(sensorType)
    if (sensor && (sensor.unit !== unit || changed.has(sensor))) changed.set(sensor, unit)
  }
  if (changed.size === 0) return
  await database.query(
    `UPDATE sensors SET unit = told.unit FROM unnest($1::int[], $2::text[]) AS told (id, unit)
     WHERE sensors.id = told.id AND sensors.unit IS DISTINCT FROM told.unit`,
    [[...changed.keys()].map(({ id }) => id), [...changed.values()].map(storableText)],
  )
  for (const [sensor, unit] of changed) sensor.unit = unit
}

async function findSensors(
  database: Database,
  wanted: readonly Wanted[],
): Promise<{ removals: number; sensors: (KnownSensor | undefined)[] }> {
  const { rows } = await database.query<{ id: number | null; unit: string | null; removals: number }>(
    `SELECT s.id, s.unit, (SELECT count FROM sensor_removals) AS removals
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (device_id, sensor_type, place)
     LEFT JOIN devices d ON d.device_id = wanted.device_id
     LEFT JOIN sensors s ON s.device = d.id AND s.sensor_type = wanted.sensor_type
     ORDER BY wanted.place`,
    namesOf(wanted),
  )
  return {
    removals: rows[0]?.removals ?? 0,
    sensors: rows.map(({ id, unit }) => (id === null ? undefined : { id, unit: unit ?? undefined })),
  }
}

/** In the order of their names, so that two writers can’t wait for each other. */
async function createSensors(database: Database, wanted: readonly Wanted[]): Promise<void> {
  const [deviceIds, sensorTypes] = namesOf(wanted)
  await database.query(
    `INSERT INTO devices (device_id)
     SELECT DISTINCT wanted.device_id COLLATE "C" FROM unnest($1::text[]) AS wanted (device_id)
     WHERE NOT EXISTS (SELECT FROM devices d WHERE d.device_id = wanted.device_id)
     ORDER BY 1 ON CONFLICT DO NOTHING`,
    [deviceIds],
  )
  await database.query(
    `INSERT INTO sensors (device, sensor_type, unit)
     SELECT DISTINCT ON (d.id, wanted.sensor_type) d.id, wanted.sensor_type, wanted.unit
     FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (device_id, sensor_type, unit)
     JOIN devices d ON d.device_id = wanted.device_id
     ORDER BY d.id, wanted.sensor_type ON CONFLICT DO NOTHING`,
    [deviceIds, sensorTypes, wanted.map(({ unit }) => (unit === undefined ? null : storableText(unit)))],
  )
}

function namesOf(wanted: readonly Wanted[]): [deviceIds: string[], sensorTypes: string[]] {
  return [
    wanted.map(({ deviceId }) => storableText(deviceId)),
    wanted.map(({ sensorType }) => storableText(sensorType)),
  ]
}
