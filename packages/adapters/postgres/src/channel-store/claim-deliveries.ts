import type { AlertEvent, ChannelKind } from '@iot/contracts'
import type { ClaimedDelivery, DeliveryOutcome, TestRecord, UntoldOutage } from '@iot/ports'
import type { Database, Query } from '../database.js'
import { CHANNEL_COLUMNS, type ChannelRecord, toChannel } from './channel-rows.js'

interface HeadRecord {
  id: number
  channel_id: number
}

interface SealedRecord {
  id: number
  channel_id: number
  idempotency_key: string
  attempts: number
}

type Taken = Pick<ClaimedDelivery, 'id' | 'attempts'>

const OPEN = `state IN ('waiting', 'retrying')`

export function createClaiming({ database }: { database: Database }) {
  return {
    claim(query: { nowMs: number; leaseMs: number; limit: number }): Promise<ClaimedDelivery[]> {
      return database.transaction((run) => claimDue(run, query))
    },
    record(taken: Taken, outcome: DeliveryOutcome, nowMs: number): Promise<void> {
      return database.transaction((query) => recordOne(query, taken, outcome, nowMs))
    },
    async recordTest(channelId: string, test: TestRecord): Promise<void> {
      const { idempotencyKey, atMs, ok, error, httpStatus } = test
      await database.query(
        `WITH tested AS (
           UPDATE notification_channels SET failing_since = CASE WHEN $4::bool THEN NULL ELSE failing_since END
           WHERE id = $1 RETURNING id)
         INSERT INTO channel_deliveries (channel_id, lane, state, sealed, attempts, due_at, created_at,
           idempotency_key, sent_at, last_error, http_status)
         SELECT id, 'test', CASE WHEN $4 THEN 'sent' ELSE 'dead' END, true, 1, to_timestamp($3::float8 / 1000),
           to_timestamp($3::float8 / 1000), $2::uuid, CASE WHEN $4 THEN to_timestamp($3::float8 / 1000) END,
           $5::text, $6::int
         FROM tested`,
        [channelId, idempotencyKey, atMs, ok, error ?? null, httpStatus ?? null],
      )
    },
    async claimUntold({ nowMs, leaseMs }: { nowMs: number; leaseMs: number }): Promise<UntoldOutage[]> {
      const { rows } = await database.query<UntoldRecord>(
        `UPDATE notification_channels SET telling_until = to_timestamp(($1::float8 + $2::float8) / 1000)
         WHERE (failing_since IS NOT NULL) <> told_failing
           AND (telling_until IS NULL OR telling_until <= to_timestamp($1::float8 / 1000))
         RETURNING id, name, kind, failing_since IS NOT NULL AS is_failing, failing_error`,
        [nowMs, leaseMs],
        { name: 'untold-outages' },
      )
      return rows.map(toUntold)
    },
    async markTold(channelId: string, isFailing: boolean): Promise<void> {
      await database.query(
        'UPDATE notification_channels SET told_failing = $2, telling_until = NULL WHERE id = $1',
        [channelId, isFailing],
      )
    },
  }
}

async function claimDue(
  query: Query,
  { nowMs, leaseMs, limit }: { nowMs: number; leaseMs: number; limit: number },
): Promise<ClaimedDelivery[]> {
  // The lock is the channel’s: whoever has it, seals; a message under way elsewhere is passed over.
  const { rows: channels } = await query<ChannelRecord>(
    `SELECT ${CHANNEL_COLUMNS} FROM notification_channels c
     WHERE enabled AND (leased_until IS NULL OR leased_until <= to_timestamp($1::float8 / 1000))
       AND EXISTS (
         SELECT FROM channel_deliveries d
         WHERE d.channel_id = c.id AND d.${OPEN} AND d.due_at <= to_timestamp($1::float8 / 1000)
           AND NOT EXISTS (
             SELECT FROM channel_deliveries older
             WHERE older.channel_id = c.id AND older.lane = d.lane AND older.${OPEN} AND older.id < d.id))
     ORDER BY leased_until NULLS FIRST, id LIMIT $2 FOR UPDATE SKIP LOCKED`,
    [nowMs, limit],
    { name: 'due-channels' },
  )
  if (channels.length === 0) return []
  const { rows: heads } = await query<HeadRecord>(
    `SELECT DISTINCT ON (channel_id) id, channel_id FROM (
       SELECT DISTINCT ON (channel_id, lane) id, channel_id, due_at FROM channel_deliveries
       WHERE channel_id = ANY($2::bigint[]) AND ${OPEN} ORDER BY channel_id, lane, id) AS head
     WHERE due_at <= to_timestamp($1::float8 / 1000) ORDER BY channel_id, due_at, id`,
    [nowMs, channels.map(({ id }) => id)],
  )
  if (heads.length === 0) return []
  await query(
    `UPDATE notification_channels SET leased_until = to_timestamp($1::float8 / 1000)
     WHERE id = ANY($2::bigint[])`,
    [nowMs + leaseMs, heads.map((head) => head.channel_id)],
  )
  const { rows: sealed } = await query<SealedRecord>(
    `UPDATE channel_deliveries SET sealed = true, attempts = attempts + 1 WHERE id = ANY($1::bigint[])
     RETURNING id, channel_id, idempotency_key, attempts`,
    [heads.map(({ id }) => id)],
  )
  return withEvents(query, sealed, new Map(channels.map((channel) => [channel.id, channel])))
}

async function withEvents(
  query: Query,
  sealed: readonly SealedRecord[],
  channels: ReadonlyMap<number, ChannelRecord>,
): Promise<ClaimedDelivery[]> {
  const { rows } = await query<{ delivery_id: number; event: string | null }>(
    `SELECT delivery_id, event FROM channel_delivery_items WHERE delivery_id = ANY($1::bigint[])
     ORDER BY delivery_id, place`,
    [sealed.map(({ id }) => id)],
  )
  return sealed.map(({ id, channel_id, idempotency_key: idempotencyKey, attempts }) => ({
    id: String(id),
    idempotencyKey,
    channel: toChannel(channels.get(channel_id)!),
    attempts,
    events: rows
      .filter((row) => row.delivery_id === id && row.event !== null)
      .map((row) => JSON.parse(row.event!) as AlertEvent),
  }))
}

async function recordOne(query: Query, taken: Taken, outcome: DeliveryOutcome, nowMs: number): Promise<void> {
  const isSent = outcome.state === 'sent'
  const error = isSent ? outcome.remark : outcome.error
  const { rows } = await query<{ channel_id: number }>(
    `UPDATE channel_deliveries SET state = $2, last_error = $3, http_status = $4,
       sent_at = CASE WHEN $2 = 'sent' THEN to_timestamp($5::float8 / 1000) END,
       due_at = CASE WHEN $2 = 'retrying' THEN to_timestamp($6::float8 / 1000) ELSE due_at END
     WHERE id = $1 AND attempts = $7 AND ${OPEN} RETURNING channel_id`,
    [
      taken.id,
      outcome.state,
      error ?? null,
      outcome.httpStatus ?? null,
      nowMs,
      outcome.state === 'retrying' ? outcome.nextMs : null,
      taken.attempts,
    ],
  )
  const channelId = rows[0]?.channel_id
  if (channelId === undefined) return
  if (outcome.state !== 'retrying') {
    await query('UPDATE channel_delivery_items SET event = NULL WHERE delivery_id = $1', [taken.id])
  }
  await query(
    // Not NULL: the channel that has waited longest is the next.
    `UPDATE notification_channels SET leased_until = to_timestamp($4::float8 / 1000),
       failing_error = CASE WHEN $2 = 'dead' THEN $3 ELSE failing_error END,
       failing_since = CASE $2 WHEN 'sent' THEN NULL
         WHEN 'dead' THEN coalesce(failing_since, to_timestamp($4::float8 / 1000)) ELSE failing_since END
     WHERE id = $1`,
    [channelId, outcome.state, error ?? null, nowMs],
  )
}

interface UntoldRecord {
  id: number
  name: string
  kind: ChannelKind
  is_failing: boolean
  failing_error: string | null
}

function toUntold({ id, name, kind, is_failing: isFailing, failing_error }: UntoldRecord): UntoldOutage {
  return {
    channelId: String(id),
    name,
    kind,
    isFailing,
    ...(failing_error !== null && { lastError: failing_error }),
  }
}
