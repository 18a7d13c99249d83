import type { ChannelKind, ChannelRoute, ChannelSettings, WeeklySchedule } from '@iot/contracts'
import { type ChannelFields, type ChannelRow, MAX_CHANNELS } from '@iot/ports'
import type { Database, Query } from '../database.js'

export interface ChannelRecord {
  id: number
  name: string
  kind: ChannelKind
  enabled: boolean
  settings: ChannelSettings
  route: ChannelRoute
  gather: string
  quiet_hours: WeeklySchedule | null
  quiet_critical: boolean
  revision: number
  created_at: number
  updated_at: number
  updated_by: string
  failing_since: number | null
}

const FIELDS = `name, kind, enabled, settings, route, gather, quiet_hours, quiet_critical`
export const CHANNEL_COLUMNS = `id, ${FIELDS}, revision, created_at, updated_at, updated_by, failing_since`
/** Of all processes: who makes a channel counts those that there are. */
const CREATE_LOCK = `SELECT pg_advisory_xact_lock(hashtext('notification_channels'))`

/** Ids are numbers as text; another text is nobody’s, not an error of the server. */
export function isChannelId(text: string): boolean {
  return /^[1-9][0-9]{0,14}$/.test(text)
}

export function createChannelRows({ database }: { database: Database }) {
  return {
    async list({ limit, after }: { limit: number; after?: string }): Promise<ChannelRow[]> {
      const { rows } = await database.query<ChannelRecord>(
        `SELECT ${CHANNEL_COLUMNS} FROM notification_channels WHERE id > $2 ORDER BY id LIMIT $1`,
        [limit, after ?? 0],
        { name: 'list-channels' },
      )
      return rows.map(toChannel)
    },
    async get(channelId: string): Promise<ChannelRow | undefined> {
      if (!isChannelId(channelId)) return undefined
      const { rows } = await database.query<ChannelRecord>(
        `SELECT ${CHANNEL_COLUMNS} FROM notification_channels WHERE id = $1`,
        [channelId],
      )
      return rows[0] && toChannel(rows[0])
    },
    create(channel: ChannelFields, by: string, nowMs: number): Promise<ChannelRow | undefined> {
      return database.transaction(async (query) => {
        await query(CREATE_LOCK)
        const { rows } = await query<ChannelRecord>(
          `INSERT INTO notification_channels (${FIELDS}, updated_by, created_at, updated_at)
           SELECT $1, $2, $3::bool, $4::json, $5::json, $6, $7::json, $8::bool, $9, to_timestamp($10::float8 / 1000), to_timestamp($10::float8 / 1000)
           WHERE (SELECT count(*) FROM notification_channels) < ${MAX_CHANNELS}
           RETURNING ${CHANNEL_COLUMNS}`,
          [...valuesOf(channel), by, nowMs],
        )
        return rows[0] && toChannel(rows[0])
      })
    },
    async replace(channelId: string, channel: ChannelFields, by: string, nowMs: number, expected?: number) {
      if (!isChannelId(channelId)) return undefined
      return database.transaction((query) => replaceOne(query, channelId, channel, { by, nowMs, expected }))
    },
    async remove(channelId: string): Promise<boolean> {
      if (!isChannelId(channelId)) return false
      const { rowCount } = await database.query('DELETE FROM notification_channels WHERE id = $1', [
        channelId,
      ])
      return rowCount > 0
    },
  }
}

async function replaceOne(
  query: Query,
  channelId: string,
  channel: ChannelFields,
  { by, nowMs, expected }: { by: string; nowMs: number; expected: number | undefined },
): Promise<ChannelRow | 'changed' | undefined> {
  const { rows } = await query<ChannelRecord>(
    `UPDATE notification_channels SET (${FIELDS}, updated_by) = ROW($1, $2, $3::bool, $4::json, $5::json, $6, $7::json, $8::bool, $9),
       updated_at = to_timestamp($10::float8 / 1000), revision = revision + 1
     WHERE id = $11 AND kind = $2 AND revision = coalesce($12::int, revision) RETURNING ${CHANNEL_COLUMNS}`,
    [...valuesOf(channel), by, nowMs, channelId, expected ?? null],
  )
  if (!rows[0]) return (await isThere(query, channelId, channel)) ? 'changed' : undefined
  if (!channel.enabled) {
    await query(
      `WITH given_up AS (
         UPDATE channel_deliveries SET state = 'dead', last_error = 'The channel was disabled'
         WHERE channel_id = $1 AND state IN ('waiting', 'retrying') RETURNING id)
       UPDATE channel_delivery_items SET event = NULL WHERE delivery_id IN (SELECT id FROM given_up)`,
      [channelId],
    )
  }
  return toChannel(rows[0])
}

async function isThere(query: Query, channelId: string, { kind }: ChannelFields): Promise<boolean> {
  const sql = 'SELECT 1 FROM notification_channels WHERE id = $1 AND kind = $2'
  return (await query(sql, [channelId, kind])).rowCount > 0
}

function valuesOf(channel: ChannelFields): unknown[] {
  const { name, kind, enabled, settings, route, group, quietHours, quietCritical } = channel
  return [
    name,
    kind,
    enabled,
    JSON.stringify(settings),
    JSON.stringify(route),
    group,
    quietHours === undefined ? null : JSON.stringify(quietHours),
    quietCritical,
  ]
}

export function toChannel(record: ChannelRecord): ChannelRow {
  const { id, name, kind, enabled, settings, route, gather: group } = record
  return {
    id: String(id),
    name,
    kind,
    enabled,
    settings,
    route,
    group,
    ...(record.quiet_hours !== null && { quietHours: record.quiet_hours }),
    quietCritical: record.quiet_critical,
    revision: record.revision,
    createdAtMs: record.created_at,
    updatedAtMs: record.updated_at,
    updatedBy: record.updated_by,
    ...(record.failing_since !== null && { failingSinceMs: record.failing_since }),
  }
}
