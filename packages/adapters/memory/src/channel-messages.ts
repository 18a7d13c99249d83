import { randomUUID } from 'node:crypto'
import type { AlertEvent, DeliveryState } from '@iot/contracts'
import {
  DELIVERY_ITEMS,
  type DeliveryOutcome,
  type DeliveryQuery,
  type DeliveryRow,
  type NewDeliveryItem,
  type TestRecord,
} from '@iot/ports'

export interface Message {
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

/** Messages of all channels, in the order in which they were begun. */
export class ChannelMessages {
  #messages: Message[] = []
  #made = 0

  /** Puts an item into the open message of its lane, or into a new one. */
  put({ channelId, lane, event, dueMs, spacingMs = 0 }: NewDeliveryItem, nowMs: number): void {
    const ofLane = this.#of(channelId).filter((one) => one.lane === lane)
    const last = spacingMs > 0 ? Math.max(...ofLane.map((one) => one.dueMs)) + spacingMs : dueMs
    const open =
      ofLane.findLast(
        ({ state, isSealed, events }) => state === 'waiting' && !isSealed && events.length < DELIVERY_ITEMS,
      ) ?? this.#add({ channelId, lane, dueMs: Math.max(dueMs, last), createdAtMs: nowMs })
    open.events.push(structuredClone(event))
  }

  addTest(channelId: string, { idempotencyKey, atMs, ok, error, httpStatus }: TestRecord): void {
    const message = this.#add({ channelId, idempotencyKey, lane: 'test', dueMs: atMs, createdAtMs: atMs })
    message.attempts = 1
    end(message, { state: ok ? 'sent' : 'dead', error, httpStatus }, atMs)
  }

  /** Of each lane of a channel the oldest, and of those the one that has been due longest. */
  dueOf(channelId: string, nowMs: number): Message | undefined {
    const heads = new Map<string, Message>()
    for (const message of this.#of(channelId).filter(isOpen)) {
      if (!heads.has(message.lane)) heads.set(message.lane, message)
    }
    return [...heads.values()]
      .filter(({ dueMs }) => dueMs <= nowMs)
      .sort((one, other) => one.dueMs - other.dueMs || one.id - other.id)[0]
  }

  /** Undefined where it has an end, is gone, or was taken by somebody else since. */
  taken({ id, attempts }: { id: string; attempts: number }): Message | undefined {
    const found = this.#messages.find((one) => String(one.id) === id)
    return found && isOpen(found) && found.attempts === attempts ? found : undefined
  }

  giveUp(channelId: string, error: string): void {
    for (const message of this.#of(channelId).filter(isOpen)) end(message, { state: 'dead', error }, 0)
  }

  forget(channelId: string): void {
    this.#messages = this.#messages.filter((one) => one.channelId !== channelId)
  }

  list({ channelId, limit, before, state }: DeliveryQuery): DeliveryRow[] {
    return this.#of(channelId)
      .filter((one) => state === undefined || one.state === state)
      .filter(({ id }) => before === undefined || id < Number(before))
      .reverse()
      .slice(0, limit)
      .map(toDelivery)
  }

  prune({ beforeMs, keep, keepItems }: { beforeMs: number; keep: number; keepItems: number }): number {
    const had = this.#messages.length
    let items = 0
    const kept = [...this.#messages].reverse().findIndex(({ events }, index) => {
      items += events.length
      return index >= keep || items > keepItems
    })
    this.#messages = this.#messages
      .slice(kept === -1 ? 0 : had - kept)
      .filter((one) => isOpen(one) || one.createdAtMs >= beforeMs)
    return had - this.#messages.length
  }

  #of(channelId: string): Message[] {
    return this.#messages.filter((one) => one.channelId === channelId)
  }

  #add(
    begun: Pick<Message, 'channelId' | 'lane' | 'dueMs' | 'createdAtMs'> & { idempotencyKey?: string },
  ): Message {
    this.#made += 1
    const message: Message = {
      id: this.#made,
      idempotencyKey: randomUUID(),
      state: 'waiting',
      isSealed: false,
      attempts: 0,
      events: [],
      ...begun,
    }
    this.#messages.push(message)
    return message
  }
}

function isOpen({ state }: Message): boolean {
  return state === 'waiting' || state === 'retrying'
}

/** Notes what became of an attempt. */
export function end(
  message: Message,
  outcome: { state: DeliveryOutcome['state']; error?: string | undefined; httpStatus?: number | undefined },
  nowMs: number,
): void {
  const { state, error, httpStatus } = outcome
  message.state = state
  if (error === undefined) delete message.lastError
  else message.lastError = error
  if (httpStatus === undefined) delete message.httpStatus
  else message.httpStatus = httpStatus
  if (state === 'sent') message.sentAtMs = nowMs
}

function toDelivery(message: Message): DeliveryRow {
  const { id, channelId, state, lane, attempts, events, createdAtMs, idempotencyKey, dueMs } = message
  const { lastError, httpStatus, sentAtMs } = message
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
    ...(isOpen(message) && { nextMs: dueMs }),
    idempotencyKey,
  }
}
