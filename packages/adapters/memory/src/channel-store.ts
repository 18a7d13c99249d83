import { randomUUID } from 'node:crypto'
import type { AlertEvent, DeliveryState } from '@iot/contracts'
import {
  type ChannelFields,
  type ChannelRow,
  type ChannelStore,
  type ClaimedDelivery,
  DELIVERY_ITEMS,
  type DeliveryRow,
  MAX_CHANNELS,
  type NewDeliveryItem,
  type ToldAlert,
} from '@iot/ports'

interface Channel {
  row: ChannelRow
  leasedUntilMs: number
  failingError?: string
  toldFailing: boolean
  tellingUntilMs: number
  /** `alertId seq` of what has been put into a message */
  readonly known: Set<string>
}

interface Message {
  readonly id: number
  readonly channelId: string
  readonly idempotencyKey: string
  readonly lane: string
  state: DeliveryState
  isSealed: boolean
  attempts: number
  dueMs: number
  readonly events: AlertEvent[]
  readonly createdAtMs: number
  sentAtMs?: number
  lastError?: string
  httpStatus?: number
}

const ALERTS_SHOWN = 100

export function createMemoryChannelStore(): ChannelStore {
  const channels = new Map<string, Channel>()
  const told = new Map<string, ToldAlert>()
  let messages: Message[] = []
  let made = 0
  let sent = 0

  const isOpen = ({ state }: Message) => state === 'waiting' || state === 'retrying'

  function add(message: Omit<Message, 'id' | 'idempotencyKey'> & { idempotencyKey?: string }): Message {
    sent += 1
    const whole = { id: sent, idempotencyKey: randomUUID(), ...message }
    messages.push(whole)
    return whole
  }

  function put(item: NewDeliveryItem, nowMs: number): void {
    const { channelId, lane, event, dueMs, spacingMs = 0 } = item
    const channel = channels.get(channelId)
    const key = `${event.alertId} ${event.seq}`
    if (!channel?.row.enabled || channel.known.has(key)) return
    channel.known.add(key)
    const ofLane = messages.filter((one) => one.channelId === channelId && one.lane === lane)
    let open = ofLane.findLast(
      ({ state, isSealed, events }) => state === 'waiting' && !isSealed && events.length < DELIVERY_ITEMS,
    )
    const last = spacingMs > 0 ? Math.max(...ofLane.map((one) => one.dueMs)) + spacingMs : dueMs
    open ??= add({
      channelId,
      lane,
      state: 'waiting',
      isSealed: false,
      attempts: 0,
      dueMs: Math.max(dueMs, last),
      events: [],
      createdAtMs: nowMs,
    })
    open.events.push(structuredClone(event))
  }

  /** Of each lane of a channel the oldest, and of those the one that has been due longest. */
  function dueOf(channelId: string, nowMs: number): Message | undefined {
    const heads = new Map<string, Message>()
    for (const message of messages.filter((one) => one.channelId === channelId && isOpen(one))) {
      if (!heads.has(message.lane)) heads.set(message.lane, message)
    }
    return [...heads.values()]
      .filter(({ dueMs }) => dueMs <= nowMs)
      .sort((one, other) => one.dueMs - other.dueMs || one.id - other.id)[0]
  }

  function claimed(message: Message, { row }: Channel): ClaimedDelivery {
    const { id, idempotencyKey, attempts, events } = message
    return structuredClone({ id: String(id), idempotencyKey, channel: row, attempts, events })
  }

  return {
    async list({ limit, after = '0' }) {
      const rows = [...channels.values()].map(({ row }) => structuredClone(row))
      return rows.filter(({ id }) => Number(id) > Number(after)).slice(0, limit)
    },
    get: async (channelId) => structuredClone(channels.get(channelId)?.row),
    async create(fields, by, nowMs) {
      if (channels.size >= MAX_CHANNELS) return undefined
      made += 1
      const id = String(made)
      const row = rowOf(fields, { id, createdAtMs: nowMs, updatedAtMs: nowMs, updatedBy: by })
      channels.set(id, { row, leasedUntilMs: 0, toldFailing: false, tellingUntilMs: 0, known: new Set() })
      return structuredClone(row)
    },
    async replace(channelId, fields, by, nowMs) {
      const channel = channels.get(channelId)
      if (channel?.row.kind !== fields.kind) return undefined
      const { id, createdAtMs, failingSinceMs } = channel.row
      const failing = failingSinceMs === undefined ? {} : { failingSinceMs }
      channel.row = rowOf(fields, { id, createdAtMs, updatedAtMs: nowMs, updatedBy: by, ...failing })
      if (!fields.enabled) {
        for (const message of messages.filter((one) => one.channelId === channelId && isOpen(one))) {
          Object.assign(message, { state: 'dead', lastError: 'The channel was disabled' })
        }
      }
      return structuredClone(channel.row)
    },
    async remove(channelId) {
      messages = messages.filter((one) => one.channelId !== channelId)
      return channels.delete(channelId)
    },

    async told({ alertIds, slots }) {
      const newest = new Map([...told.values()].map((one) => [one.slot, one]))
      const found = [...alertIds.map((id) => told.get(id)), ...slots.map((slot) => newest.get(slot))]
      return [...new Set(found)].filter((one) => one !== undefined)
    },
    async enqueue(alerts, items, nowMs) {
      for (const alert of alerts) {
        if ((told.get(alert.alertId)?.seq ?? 0) < alert.seq) told.set(alert.alertId, { ...alert })
      }
      for (const item of items) put(item, nowMs)
    },

    async claim({ nowMs, leaseMs, limit }) {
      const free = [...channels.values()]
        .filter(({ row, leasedUntilMs }) => row.enabled && leasedUntilMs <= nowMs)
        .sort((one, other) => one.leasedUntilMs - other.leasedUntilMs)
      const taken: ClaimedDelivery[] = []
      for (const channel of free) {
        const message = taken.length < limit ? dueOf(channel.row.id, nowMs) : undefined
        if (!message) continue
        channel.leasedUntilMs = nowMs + leaseMs
        message.isSealed = true
        message.attempts += 1
        taken.push(claimed(message, channel))
      }
      return taken
    },
    async record(delivery, outcome, nowMs) {
      const message = messages.find(({ id }) => String(id) === delivery.id)
      if (!message || !isOpen(message) || message.attempts !== delivery.attempts) return
      const channel = channels.get(message.channelId)!
      const error = outcome.state === 'sent' ? outcome.remark : outcome.error
      message.state = outcome.state
      replaceOptional(message, 'lastError', error)
      replaceOptional(message, 'httpStatus', outcome.httpStatus)
      if (outcome.state === 'sent') message.sentAtMs = nowMs
      if (outcome.state === 'retrying') message.dueMs = outcome.nextMs
      channel.leasedUntilMs = nowMs
      if (outcome.state === 'sent') channel.row = withoutFailing(channel.row)
      if (outcome.state === 'dead') {
        channel.failingError = outcome.error
        channel.row = { failingSinceMs: nowMs, ...channel.row }
      }
    },
    async recordTest(channelId, { idempotencyKey, atMs, ok, error, httpStatus }) {
      const channel = channels.get(channelId)
      if (!channel) return
      if (ok) channel.row = withoutFailing(channel.row)
      add({
        channelId,
        idempotencyKey,
        lane: 'test',
        state: ok ? 'sent' : 'dead',
        isSealed: true,
        attempts: 1,
        dueMs: atMs,
        events: [],
        createdAtMs: atMs,
        ...(ok && { sentAtMs: atMs }),
        ...(error !== undefined && { lastError: error }),
        ...(httpStatus !== undefined && { httpStatus }),
      })
    },

    async deliveries({ channelId, limit, before, state }) {
      return messages
        .filter((one) => one.channelId === channelId && (state === undefined || one.state === state))
        .filter(({ id }) => before === undefined || id < Number(before))
        .reverse()
        .slice(0, limit)
        .map(toDelivery)
    },
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
    async prune({ beforeMs, keep, keepItems }) {
      const had = messages.length
      let items = 0
      const kept = [...messages].reverse().findIndex(({ events }, index) => {
        items += events.length
        return index >= keep || items > keepItems
      })
      messages = messages
        .slice(kept === -1 ? 0 : messages.length - kept)
        .filter((one) => isOpen(one) || one.createdAtMs >= beforeMs)
      for (const alert of told.values()) {
        if (alert.state === 'closed' && alert.atMs < beforeMs) told.delete(alert.alertId)
      }
      return had - messages.length
    },
  }
}

type RowMarks = Pick<ChannelRow, 'id' | 'createdAtMs' | 'updatedAtMs' | 'updatedBy' | 'failingSinceMs'>

function rowOf(fields: ChannelFields, marks: RowMarks): ChannelRow {
  return structuredClone({ ...fields, ...marks })
}

function withoutFailing({ failingSinceMs: _, ...row }: ChannelRow): ChannelRow {
  return row
}

function replaceOptional<Name extends 'lastError' | 'httpStatus'>(
  message: Message,
  name: Name,
  value: Message[Name] | undefined,
): void {
  if (value === undefined) delete message[name]
  else message[name] = value
}

function toDelivery(message: Message): DeliveryRow {
  const { id, channelId, state, lane, attempts, events, createdAtMs, idempotencyKey, dueMs } = message
  const { lastError, httpStatus, sentAtMs } = message
  const isOpen = state === 'waiting' || state === 'retrying'
  return {
    id: String(id),
    channelId,
    state,
    isTest: lane === 'test',
    attempts,
    ...(lastError !== undefined && { lastError }),
    ...(httpStatus !== undefined && { httpStatus }),
    count: events.length,
    alertIds: [...new Set(events.map(({ alertId }) => alertId))].slice(0, ALERTS_SHOWN),
    createdAtMs,
    ...(sentAtMs !== undefined && { sentAtMs }),
    ...(isOpen && { nextMs: dueMs }),
    idempotencyKey,
  }
}
