import {
  type ChannelFields,
  type ChannelRow,
  type ChannelStore,
  type ClaimedDelivery,
  MAX_CHANNELS,
  type NewDeliveryItem,
  type ToldAlert,
} from '@iot/ports'
import { ChannelMessages, end, type Message } from './channel-messages.js'

interface Channel {
  row: ChannelRow
  leasedUntilMs: number
  failingError?: string
  toldFailing: boolean
  tellingUntilMs: number
  /** `alertId seq` of what has been put into a message */
  readonly known: Set<string>
}

export function createMemoryChannelStore(): ChannelStore {
  const channels = new Map<string, Channel>()
  const messages = new ChannelMessages()
  let made = 0

  function put(item: NewDeliveryItem, nowMs: number): void {
    const channel = channels.get(item.channelId)
    const key = `${item.event.alertId} ${item.event.seq}`
    if (!channel?.row.enabled || channel.known.has(key)) return
    channel.known.add(key)
    messages.put(item, nowMs)
  }

  const rows: Pick<ChannelStore, 'list' | 'get' | 'create' | 'replace' | 'remove'> = {
    async list({ limit, after = '0' }) {
      const all = [...channels.values()].map(({ row }) => structuredClone(row))
      return all.filter(({ id }) => Number(id) > Number(after)).slice(0, limit)
    },
    get: async (channelId) => structuredClone(channels.get(channelId)?.row),
    async create(fields, by, nowMs) {
      if (channels.size >= MAX_CHANNELS) return undefined
      made += 1
      const id = String(made)
      const row = rowOf(fields, { id, revision: 1, createdAtMs: nowMs, updatedAtMs: nowMs, updatedBy: by })
      channels.set(id, { row, leasedUntilMs: 0, toldFailing: false, tellingUntilMs: 0, known: new Set() })
      return structuredClone(row)
    },
    async replace(channelId, fields, by, nowMs, expected) {
      const channel = channels.get(channelId)
      if (channel?.row.kind !== fields.kind) return undefined
      if (expected !== undefined && channel.row.revision !== expected) return 'changed'
      const { id, createdAtMs, failingSinceMs } = channel.row
      const revision = channel.row.revision + 1
      const failing = failingSinceMs === undefined ? {} : { failingSinceMs }
      channel.row = rowOf(fields, {
        id,
        revision,
        createdAtMs,
        updatedAtMs: nowMs,
        updatedBy: by,
        ...failing,
      })
      if (!fields.enabled) messages.giveUp(channelId, 'The channel was disabled')
      return structuredClone(channel.row)
    },
    async remove(channelId) {
      messages.forget(channelId)
      return channels.delete(channelId)
    },
  }

  const outages: Pick<ChannelStore, 'claimUntold' | 'markTold'> = {
    async claimUntold({ nowMs, leaseMs }) {
      const untold = [...channels.values()].filter(
        ({ row, toldFailing, tellingUntilMs }) =>
          (row.failingSinceMs !== undefined) !== toldFailing && tellingUntilMs <= nowMs,
      )
      return untold.map((channel) => {
        channel.tellingUntilMs = nowMs + leaseMs
        const { id: channelId, name, kind, failingSinceMs } = channel.row
        const { failingError: lastError } = channel
        const isFailing = failingSinceMs !== undefined
        return { channelId, name, kind, isFailing, ...(lastError !== undefined && { lastError }) }
      })
    },
    async markTold(channelId, isFailing) {
      const channel = channels.get(channelId)
      if (channel) Object.assign(channel, { toldFailing: isFailing, tellingUntilMs: 0 })
    },
  }

  const told = createTold()
  return {
    ...rows,
    ...outages,
    told: told.find,
    async enqueue(alerts, items, nowMs) {
      told.note(alerts)
      for (const item of items) put(item, nowMs)
    },
    async claim({ nowMs, leaseMs, limit }) {
      const free = [...channels.values()]
        .filter(({ row, leasedUntilMs }) => row.enabled && leasedUntilMs <= nowMs)
        .sort((one, other) => one.leasedUntilMs - other.leasedUntilMs)
      const taken: ClaimedDelivery[] = []
      for (const channel of free) {
        const message = taken.length < limit ? messages.dueOf(channel.row.id, nowMs) : undefined
        if (!message) continue
        channel.leasedUntilMs = nowMs + leaseMs
        taken.push(take(message, channel.row))
      }
      return taken
    },
    async record(delivery, outcome, nowMs) {
      const message = messages.taken(delivery)
      if (!message) return
      const channel = channels.get(message.channelId)!
      const error = outcome.state === 'sent' ? outcome.remark : outcome.error
      end(message, { ...outcome, error }, nowMs)
      if (outcome.state === 'retrying') message.dueMs = outcome.nextMs
      channel.leasedUntilMs = nowMs
      if (outcome.state === 'sent') channel.row = withoutFailing(channel.row)
      if (outcome.state === 'dead') {
        channel.failingError = outcome.error
        channel.row = { failingSinceMs: nowMs, ...channel.row }
      }
    },
    async recordTest(channelId, test) {
      const channel = channels.get(channelId)
      if (!channel) return
      if (test.ok) channel.row = withoutFailing(channel.row)
      messages.addTest(channelId, test)
    },
    deliveries: async (query) => messages.list(query),
    async prune(bounds) {
      told.forget(bounds.beforeMs)
      return messages.prune(bounds)
    },
  }
}

/** How far alerts have been told, in the order of their openings. */
function createTold() {
  const alerts = new Map<string, ToldAlert>()
  return {
    async find({ alertIds, slots }: { alertIds: readonly string[]; slots: readonly string[] }) {
      const newest = new Map([...alerts.values()].map((one) => [one.slot, one]))
      const found = [...alertIds.map((id) => alerts.get(id)), ...slots.map((slot) => newest.get(slot))]
      return [...new Set(found)].filter((one) => one !== undefined)
    },
    note(told: readonly ToldAlert[]): void {
      for (const one of told) {
        if ((alerts.get(one.alertId)?.seq ?? 0) < one.seq) alerts.set(one.alertId, { ...one })
      }
    },
    forget(beforeMs: number): void {
      for (const { alertId, state, atMs } of alerts.values()) {
        if (state === 'closed' && atMs < beforeMs) alerts.delete(alertId)
      }
    },
  }
}

function take(message: Message, channel: ChannelRow): ClaimedDelivery {
  message.isSealed = true
  message.attempts += 1
  const { id, idempotencyKey, attempts, events } = message
  return structuredClone({ id: String(id), idempotencyKey, channel, attempts, events })
}

type RowMarks = Pick<
  ChannelRow,
  'id' | 'revision' | 'createdAtMs' | 'updatedAtMs' | 'updatedBy' | 'failingSinceMs'
>

function rowOf(fields: ChannelFields, marks: RowMarks): ChannelRow {
  return structuredClone({ ...fields, ...marks })
}

function withoutFailing({ failingSinceMs: _, ...row }: ChannelRow): ChannelRow {
  return row
}
