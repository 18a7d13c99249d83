import type { AlertState } from '@iot/contracts'
import { DELIVERY_ITEMS, type DeliveryLane, type NewDeliveryItem, type ToldAlert } from '@iot/ports'
import type { Database, Query } from '../database.js'

interface ToldRecord {
  alert_id: string
  slot: string
  seq: number
  episode: number
  state: AlertState
  at: number
}

const TOLD_COLUMNS = 'alert_id, slot, seq, episode, state, at'

/** Items of one channel and lane, in order. */
interface LaneItems {
  readonly lane: DeliveryLane
  readonly items: NewDeliveryItem[]
}

export function createEnqueuing({ database }: { database: Database }) {
  return {
    async told({ alertIds, slots }: { alertIds: readonly string[]; slots: readonly string[] }) {
      const { rows } = await database.query<ToldRecord>(
        `SELECT ${TOLD_COLUMNS} FROM told_alerts WHERE alert_id = ANY($1)
         UNION SELECT * FROM (
           SELECT DISTINCT ON (slot) ${TOLD_COLUMNS} FROM told_alerts WHERE slot = ANY($2)
           ORDER BY slot, number DESC) AS newest`,
        [alertIds, slots],
        { name: 'told-alerts' },
      )
      return rows.map(toTold)
    },
    enqueue(told: readonly ToldAlert[], items: readonly NewDeliveryItem[], nowMs: number): Promise<void> {
      return database.transaction(async (query) => {
        await noteTold(query, told)
        // In order of the channels, so that two who enqueue wait for each other and not crosswise.
        for (const [channelId, lanes] of byChannel(items)) {
          const { rowCount } = await query(
            'SELECT FROM notification_channels WHERE id = $1 AND enabled FOR UPDATE',
            [channelId],
          )
          if (rowCount === 0) continue
          for (const lane of lanes) await enqueueLane(query, { channelId, ...lane, nowMs })
        }
      })
    },
  }
}

async function noteTold(query: Query, told: readonly ToldAlert[]): Promise<void> {
  if (told.length === 0) return
  await query(
    `INSERT INTO told_alerts (${TOLD_COLUMNS})
     SELECT alert_id, slot, seq, episode, state, to_timestamp(at_ms / 1000)
     FROM unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::text[], $6::float8[])
       WITH ORDINALITY AS given (alert_id, slot, seq, episode, state, at_ms, place)
     ORDER BY place
     ON CONFLICT (alert_id) DO UPDATE SET seq = excluded.seq, state = excluded.state, at = excluded.at
       WHERE told_alerts.seq < excluded.seq`,
    [
      told.map((one) => one.alertId),
      told.map((one) => one.slot),
      told.map((one) => one.seq),
      told.map((one) => one.episode),
      told.map((one) => one.state),
      told.map((one) => one.atMs),
    ],
  )
}

function byChannel(items: readonly NewDeliveryItem[]): [string, LaneItems[]][] {
  const channels = new Map<string, LaneItems[]>()
  for (const item of items) {
    const lanes = channels.get(item.channelId) ?? []
    if (lanes.length === 0) channels.set(item.channelId, lanes)
    const lane = lanes.find((one) => one.lane === item.lane)
    if (lane) lane.items.push(item)
    else lanes.push({ lane: item.lane, items: [item] })
  }
  return [...channels].sort(([one], [other]) => Number(one) - Number(other))
}

/** The channel is locked, so nobody else puts items into its messages, or seals one. */
async function enqueueLane(
  query: Query,
  { channelId, lane, items, nowMs }: LaneItems & { channelId: string; nowMs: number },
): Promise<void> {
  const fresh = await withoutKnown(query, channelId, items)
  if (fresh.length === 0) return
  const { rows } = await query<{ id: number; items: number }>(
    `SELECT id, items FROM channel_deliveries
     WHERE channel_id = $1 AND lane = $2 AND state = 'waiting' AND NOT sealed AND items < ${DELIVERY_ITEMS}
     ORDER BY id DESC LIMIT 1`,
    [channelId, lane],
  )
  let open = rows[0]
  for (let at = 0; at < fresh.length; ) {
    open ??= await begin(query, { channelId, lane, first: fresh[at]!, nowMs })
    const some = fresh.slice(at, at + DELIVERY_ITEMS - open.items)
    await putInto(query, { channelId, open, items: some })
    at += some.length
    open = undefined
  }
}

async function withoutKnown(
  query: Query,
  channelId: string,
  items: readonly NewDeliveryItem[],
): Promise<NewDeliveryItem[]> {
  const { rows } = await query<{ alert_id: string; seq: number }>(
    `SELECT alert_id, seq FROM channel_delivery_items
     WHERE channel_id = $1 AND (alert_id, seq) IN (SELECT * FROM unnest($2::text[], $3::int[]))`,
    [channelId, items.map(({ event }) => event.alertId), items.map(({ event }) => event.seq)],
  )
  const known = new Set(rows.map((row) => `${row.alert_id} ${row.seq}`))
  return items.filter(({ event }) => {
    const key = `${event.alertId} ${event.seq}`
    if (known.has(key)) return false
    known.add(key)
    return true
  })
}

async function begin(
  query: Query,
  {
    channelId,
    lane,
    first,
    nowMs,
  }: { channelId: string; lane: DeliveryLane; first: NewDeliveryItem; nowMs: number },
): Promise<{ id: number; items: number }> {
  const { rows } = await query<{ id: number }>(
    `INSERT INTO channel_deliveries (channel_id, lane, state, created_at, due_at)
     SELECT $1, $2, 'waiting', to_timestamp($3::float8 / 1000), greatest(to_timestamp($4::float8 / 1000), (
       SELECT max(due_at) + $5::float8 * interval '1 ms' FROM channel_deliveries
       WHERE channel_id = $1 AND lane = $2 AND $5::float8 > 0))
     RETURNING id`,
    [channelId, lane, nowMs, first.dueMs, first.spacingMs ?? 0],
  )
  return { id: rows[0]!.id, items: 0 }
}

async function putInto(
  query: Query,
  {
    channelId,
    open,
    items,
  }: { channelId: string; open: { id: number; items: number }; items: readonly NewDeliveryItem[] },
): Promise<void> {
  await query(
    `INSERT INTO channel_delivery_items (channel_id, delivery_id, alert_id, seq, event, place)
     SELECT $1, $2, alert_id, seq, event, $3::int + place
     FROM unnest($4::text[], $5::int[], $6::text[]) WITH ORDINALITY AS given (alert_id, seq, event, place)`,
    [
      channelId,
      open.id,
      open.items,
      items.map(({ event }) => event.alertId),
      items.map(({ event }) => event.seq),
      items.map(({ event }) => JSON.stringify(event)),
    ],
  )
  await query('UPDATE channel_deliveries SET items = items + $2 WHERE id = $1', [open.id, items.length])
}

function toTold({ alert_id: alertId, slot, seq, episode, state, at }: ToldRecord): ToldAlert {
  return { alertId, slot, seq, episode, state, atMs: at }
}
