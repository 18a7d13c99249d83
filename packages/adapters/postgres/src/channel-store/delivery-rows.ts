import type { DeliveryState } from '@iot/contracts'
import type { DeliveryQuery, DeliveryRow } from '@iot/ports'
import type { Database } from '../database.js'
import { isChannelId } from './channel-rows.js'

interface DeliveryRecord {
  id: number
  channel_id: number
  idempotency_key: string
  lane: string
  state: DeliveryState
  items: number
  attempts: number
  due_at: number
  http_status: number | null
  last_error: string | null
  created_at: number
  sent_at: number | null
  alert_ids: string[]
}

const ALERTS_SHOWN = 100
const BEYOND_EVERY_ID = '9223372036854775807'

export function createDeliveryRows({ database }: { database: Database }) {
  return {
    async deliveries({ channelId, limit, before, state }: DeliveryQuery): Promise<DeliveryRow[]> {
      if (!isChannelId(channelId)) return []
      const { rows } = await database.query<DeliveryRecord>(
        `SELECT d.*, ARRAY(
           SELECT alert_id FROM channel_delivery_items i WHERE i.delivery_id = d.id
           GROUP BY alert_id ORDER BY min(place) LIMIT ${ALERTS_SHOWN}) AS alert_ids
         FROM channel_deliveries d
         WHERE channel_id = $1 AND id < $3 AND ($4::text IS NULL OR state = $4)
         ORDER BY id DESC LIMIT $2`,
        [channelId, limit, before ?? BEYOND_EVERY_ID, state ?? null],
      )
      return rows.map(toDelivery)
    },
    async prune({ beforeMs, keep, keepItems }: { beforeMs: number; keep: number; keepItems: number }) {
      const { rowCount } = await database.query(
        `DELETE FROM channel_deliveries
         WHERE (created_at < to_timestamp($1::float8 / 1000) AND state IN ('sent', 'dead'))
           OR id <= (SELECT id FROM (
             SELECT id, row_number() OVER newest AS deliveries, sum(items) OVER newest AS items
             FROM channel_deliveries WINDOW newest AS (ORDER BY id DESC ROWS UNBOUNDED PRECEDING)) AS counted
             WHERE deliveries > $2 OR items > $3 ORDER BY id DESC LIMIT 1)`,
        [beforeMs, keep, keepItems],
      )
      await database.query(
        `DELETE FROM told_alerts WHERE state = 'closed' AND at < to_timestamp($1::float8 / 1000)`,
        [beforeMs],
      )
      return rowCount
    },
  }
}

function toDelivery(record: DeliveryRecord): DeliveryRow {
  const { id, channel_id, state, attempts, last_error, http_status, sent_at } = record
  const isOpen = state === 'waiting' || state === 'retrying'
  return {
    id: String(id),
    channelId: String(channel_id),
    state,
    isTest: record.lane === 'test',
    attempts,
    ...(last_error !== null && { lastError: last_error }),
    ...(http_status !== null && { httpStatus: http_status }),
    count: record.items,
    alertIds: record.alert_ids,
    createdAtMs: record.created_at,
    ...(sent_at !== null && { sentAtMs: sent_at }),
    ...(isOpen && { nextMs: record.due_at }),
    idempotencyKey: record.idempotency_key,
  }
}
