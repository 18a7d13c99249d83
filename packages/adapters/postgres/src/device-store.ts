import type { CredentialKind } from '@iot/contracts'
import type {
  BrokerLogin,
  CredentialRow,
  DeviceDescription,
  DeviceQuery,
  DeviceRow,
  DeviceSite,
  DeviceStore,
} from '@iot/ports'
import type { Database } from './database.js'
import { isUuid } from './uuid.js'

interface DeviceRecord {
  device_id: string
  name: string | null
  location: string | null
  site: string | null
  tags: string[]
  attributes: Record<string, string>
  expected_interval_ms: number | null
  created_at: number
  sensors: { sensorType: string; unit: string | null }[]
  refused: number
}

interface CredentialRecord {
  id: string
  device_id: string
  kind: CredentialKind
  username: string
  password_hash: string
  created_at: number
}

/** A person's word on the place goes before the device's own. */
const DEVICE = `
  SELECT d.device_id, d.name, coalesce(d.location, d.told_location) AS location, d.site, d.tags, d.attributes,
    d.expected_interval_ms, d.created_at,
    coalesce(s.sensors, '[]') AS sensors, coalesce(s.refused, 0) AS refused
  FROM devices d LEFT JOIN LATERAL (
    SELECT json_agg(json_build_object('sensorType', sensor_type, 'unit', unit) ORDER BY sensor_type) AS sensors,
      sum(refused)::int AS refused
    FROM sensors WHERE device = d.id
  ) s ON true`

const CHANGEABLE = [
  ['name', 'name'],
  ['location', 'location'],
  ['site', 'site'],
  ['tags', 'tags'],
  ['expectedIntervalMs', 'expected_interval_ms'],
] as const

const CREDENTIAL = `c.id, d.device_id, c.kind, c.username, c.password_hash, c.created_at`

export function createPostgresDeviceStore(deps: { database: Database }): DeviceStore {
  const { database } = deps

  async function get(deviceId: string): Promise<DeviceRow | undefined> {
    const { rows } = await database.query<DeviceRecord>(`${DEVICE} WHERE d.device_id = $1`, [deviceId])
    return rows[0] && toDevice(rows[0])
  }

  return {
    get,
    async list(query) {
      if (query.search?.includes('\u0000')) return []
      const { where, values } = conditions(query)
      const { rows } = await database.query<DeviceRecord>(
        `${DEVICE} ${where} ORDER BY d.device_id LIMIT $1`,
        values,
      )
      return rows.map(toDevice)
    },
    async create({ deviceId, name, location, site, tags, expectedIntervalMs }) {
      const { rowCount } = await database.query(
        `INSERT INTO devices (device_id, name, location, site, tags, expected_interval_ms)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (device_id) DO NOTHING`,
        [deviceId, name ?? null, location ?? null, site ?? null, tags ?? [], expectedIntervalMs ?? null],
      )
      return rowCount === 0 ? undefined : get(deviceId)
    },
    async change(deviceId, change) {
      const fields = CHANGEABLE.filter(([field]) => change[field] !== undefined)
      if (fields.length > 0) {
        await database.query(
          `UPDATE devices SET ${fields.map(([, column], at) => `${column} = $${at + 2}`).join(', ')} WHERE device_id = $1`,
          [deviceId, ...fields.map(([field]) => change[field])],
        )
      }
      return get(deviceId)
    },
    async remove(deviceId) {
      const { rowCount } = await database.query('DELETE FROM devices WHERE device_id = $1', [deviceId])
      return rowCount > 0
    },
    async count({ sites } = {}) {
      const { rows } = await database.query<{ count: number }>(
        'SELECT count(*)::int AS count FROM devices WHERE $1::text[] IS NULL OR site = ANY ($1)',
        [sites ?? null],
      )
      return rows[0]!.count
    },
    async describe(told) {
      const merged = mergeByDevice(told)
      await database.query(
        `INSERT INTO devices (device_id, told_location, attributes)
         SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[])
         ON CONFLICT (device_id) DO UPDATE SET
           told_location = coalesce(excluded.told_location, devices.told_location),
           attributes = devices.attributes || excluded.attributes`,
        [
          merged.map(({ deviceId }) => deviceId),
          merged.map(({ location }) => (location === undefined ? null : withoutZeroBytes(location))),
          merged.map(({ attributes }) => withoutZeroBytes(JSON.stringify(attributes ?? {}))),
        ],
      )
    },
    async listSensors({ after, limit }) {
      const { rows } = await database.query<{ deviceId: string; sensorTypes: string[] }>(
        `SELECT d.device_id AS "deviceId", array_remove(array_agg(s.sensor_type), NULL) AS "sensorTypes"
         FROM devices d LEFT JOIN sensors s ON s.device = d.id
         WHERE $2::text IS NULL OR d.device_id > $2
         GROUP BY d.device_id ORDER BY d.device_id LIMIT $1`,
        [limit, after ?? null],
      )
      return rows
    },
    async createCredential({ deviceId, kind, username, passwordHash, brokerVerifier }) {
      const { rows } = await database.query<CredentialRecord>(
        `WITH d AS (
           INSERT INTO devices (device_id) VALUES ($1)
           ON CONFLICT (device_id) DO UPDATE SET device_id = excluded.device_id RETURNING id, device_id
         ), c AS (
           INSERT INTO credentials (device, kind, username, password_hash, broker_verifier)
           SELECT id, $2, $3, $4, $5 FROM d RETURNING *
         )
         SELECT ${CREDENTIAL} FROM c JOIN d ON d.id = c.device`,
        [deviceId, kind, username, passwordHash, brokerVerifier ?? null],
      )
      return toCredential(rows[0]!)
    },
    async listCredentials(deviceId) {
      const { rows } = await database.query<CredentialRecord>(
        `SELECT ${CREDENTIAL} FROM credentials c JOIN devices d ON d.id = c.device
         WHERE d.device_id = $1 ORDER BY c.created_at, c.id`,
        [deviceId],
      )
      return rows.map(toCredential)
    },
    async removeCredential(deviceId, credentialId) {
      if (!isUuid(credentialId)) return false
      const { rowCount } = await database.query(
        'DELETE FROM credentials WHERE id = $1 AND device = (SELECT id FROM devices WHERE device_id = $2)',
        [credentialId, deviceId],
      )
      return rowCount > 0
    },
    async findCredential(username) {
      const { rows } = await database.query<CredentialRecord>(
        `SELECT ${CREDENTIAL} FROM credentials c JOIN devices d ON d.id = c.device WHERE c.username = $1`,
        [withoutZeroBytes(username)],
      )
      return rows[0] && toCredential(rows[0])
    },
    async keptCredentials(credentialIds) {
      const { rows } = await database.query<{ id: string }>(
        'SELECT id FROM credentials WHERE id = ANY ($1::uuid[])',
        [credentialIds.filter(isUuid)],
      )
      return rows.map(({ id }) => id)
    },
    async listBrokerLogins({ after, limit }) {
      const { rows } = await database.query<BrokerLogin>(
        `SELECT c.username, c.broker_verifier AS verifier, d.device_id AS "deviceId", c.kind
         FROM credentials c JOIN devices d ON d.id = c.device
         WHERE c.broker_verifier IS NOT NULL AND ($2::text IS NULL OR c.username COLLATE "C" > $2)
         ORDER BY c.username COLLATE "C" LIMIT $1`,
        [limit, after ?? null],
      )
      return rows
    },
    async brokerLoginsVersion() {
      const { rows } = await database.query<{ version: string }>(
        `SELECT count(*) || ':' || coalesce(bit_xor(hashtextextended(id::text, 0)), 0) AS version
         FROM credentials WHERE broker_verifier IS NOT NULL`,
      )
      return rows[0]!.version
    },
    async listSites({ after, limit }) {
      const { rows } = await database.query<
        Pick<DeviceRecord, 'device_id' | 'name' | 'site' | 'expected_interval_ms'>
      >(
        `SELECT device_id, nullif(name, device_id) AS name, site, expected_interval_ms FROM devices
         WHERE (site IS NOT NULL OR expected_interval_ms IS NOT NULL OR name <> device_id)
           AND ($2::text IS NULL OR device_id > $2)
         ORDER BY device_id LIMIT $1`,
        [limit, after ?? null],
      )
      return rows.map(toDeviceSite)
    },
    async sitesVersion() {
      // A control character can't be in a device's id, so two different devices are two different texts.
      const { rows } = await database.query<{ version: string }>(
        `SELECT count(*) || ':' || coalesce(bit_xor(hashtextextended(concat_ws(E'\\x01',
           device_id, coalesce(nullif(name, device_id), ''), coalesce(site, ''), expected_interval_ms), 0)), 0) AS version
         FROM devices WHERE site IS NOT NULL OR expected_interval_ms IS NOT NULL OR name <> device_id`,
      )
      return rows[0]!.version
    },
  }
}

function conditions(query: DeviceQuery): { where: string; values: unknown[] } {
  const values: unknown[] = [query.limit]
  const terms: string[] = []
  function term(value: unknown, text: (placeholder: string) => string): void {
    values.push(value)
    terms.push(text(`$${values.length}`))
  }
  if (query.after !== undefined) term(query.after, (p) => `d.device_id > ${p}`)
  if (query.site !== undefined) term(query.site, (p) => `d.site = ${p}`)
  if (query.tag !== undefined) term(query.tag, (p) => `${p} = ANY (d.tags)`)
  if (query.sites !== undefined) term(query.sites, (p) => `d.site = ANY (${p})`)
  if (query.deviceIds !== undefined) term(query.deviceIds, (p) => `d.device_id = ANY (${p})`)
  if (query.search) {
    // position(), not LIKE: what a person types has no wildcards.
    term(
      query.search.toLowerCase(),
      (p) => `position(${p} in lower(concat_ws(E'\\x01', d.device_id, d.name,
        coalesce(d.location, d.told_location), d.site, array_to_string(d.tags, E'\\x01')))) > 0`,
    )
  }
  return { where: terms.length > 0 ? `WHERE ${terms.join(' AND ')}` : '', values }
}

/** One row a device, the later telling over the earlier: an INSERT may not meet a row twice. */
function mergeByDevice(told: readonly DeviceDescription[]): DeviceDescription[] {
  const merged = new Map<string, DeviceDescription>()
  for (const one of told) {
    const before = merged.get(one.deviceId)
    merged.set(one.deviceId, {
      deviceId: one.deviceId,
      ...((one.location ?? before?.location) !== undefined && { location: one.location ?? before?.location }),
      attributes: { ...before?.attributes, ...one.attributes },
    })
  }
  // In one order everywhere, so that two writers can't wait for each other.
  return [...merged.values()].sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1))
}

/** PostgreSQL's text holds every character but the zero byte, also where JSON escapes it. */
function withoutZeroBytes(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').replaceAll('\\u0000', '\\ufffd')
}

function toDevice(record: DeviceRecord): DeviceRow {
  return {
    deviceId: record.device_id,
    name: record.name ?? record.device_id,
    ...(record.location !== null && { location: record.location }),
    ...(record.site !== null && { site: record.site }),
    tags: record.tags,
    attributes: record.attributes,
    ...(record.expected_interval_ms !== null && { expectedIntervalMs: record.expected_interval_ms }),
    createdAtMs: record.created_at,
    sensors: record.sensors.map(({ sensorType, unit }) => ({ sensorType, ...(unit !== null && { unit }) })),
    refusedValues: record.refused,
  }
}

function toDeviceSite({
  device_id: deviceId,
  name,
  site,
  expected_interval_ms: intervalMs,
}: Pick<DeviceRecord, 'device_id' | 'name' | 'site' | 'expected_interval_ms'>): DeviceSite {
  return {
    deviceId,
    ...(name !== null && { name }),
    ...(site !== null && { site }),
    ...(intervalMs !== null && { expectedIntervalMs: intervalMs }),
  }
}

function toCredential(record: CredentialRecord): CredentialRow {
  return {
    id: record.id,
    deviceId: record.device_id,
    kind: record.kind,
    username: record.username,
    passwordHash: record.password_hash,
    createdAtMs: record.created_at,
  }
}
