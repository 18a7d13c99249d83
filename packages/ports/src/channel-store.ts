import type {
  AlertEvent,
  AlertState,
  ChannelKind,
  ChannelRoute,
  ChannelSettings,
  DeliveryState,
  WeeklySchedule,
} from '@iot/contracts'

/**
 * Notification channels, and the messages that go out by them. Every method rejects with StoreUnavailable (retriable)
 * while the database is away.
 */
export interface ChannelStore {
  /** In order of id, after one. */
  list(query: { limit: number; after?: string }): Promise<ChannelRow[]>
  get(channelId: string): Promise<ChannelRow | undefined>
  /** Undefined: there are `MAX_CHANNELS` already. */
  create(channel: ChannelFields, by: string, nowMs: number): Promise<ChannelRow | undefined>
  /**
   * Puts all fields in place of what they were, and raises the revision. Messages that wait in a channel that is disabled
   * are given up. `changed`: it is not at this revision any more. Undefined: there is no such channel, or it is of another
   * kind.
   */
  replace(
    channelId: string,
    channel: ChannelFields,
    by: string,
    nowMs: number,
    expected?: number,
  ): Promise<ChannelRow | 'changed' | undefined>
  /** With its deliveries. False where there was none. */
  remove(channelId: string): Promise<boolean>

  /** How far alerts have been told: each of these alerts, and of each slot the alert that opened last. */
  told(query: { alertIds: readonly string[]; slots: readonly string[] }): Promise<ToldAlert[]>
  /**
   * Notes how far alerts have been told (what is as far already stays) and puts what there is to tell into messages, in
   * one transaction. A (channel, alert, seq) that was put into a message once is not put into one again; what is for a
   * channel that is gone or disabled is left out. A message takes more in until it is sent for the first time, or
   * holds `DELIVERY_ITEMS`.
   */
  enqueue(told: readonly ToldAlert[], items: readonly NewDeliveryItem[], nowMs: number): Promise<void>

  /**
   * Takes messages that are due, `limit` at most and one per channel: of each lane the oldest, so that none overtakes
   * another. They are nobody else’s until they are recorded, or for `leaseMs`: after a crash they are due again, with the
   * same key and the same content. Each taking counts as an attempt.
   */
  claim(query: { nowMs: number; leaseMs: number; limit: number }): Promise<ClaimedDelivery[]>
  /** What became of a message that was taken. Nothing happens where it is gone, or was taken by somebody else since. */
  record(
    delivery: Pick<ClaimedDelivery, 'id' | 'attempts'>,
    outcome: DeliveryOutcome,
    nowMs: number,
  ): Promise<void>
  /** Notes a test message: after one that got through the channel fails no more. */
  recordTest(channelId: string, test: TestRecord): Promise<void>

  /** Newest first, before one. */
  deliveries(query: DeliveryQuery): Promise<DeliveryRow[]>
  /**
   * Channels that have begun to fail, or to work again, without anybody having been told. They are nobody else’s to tell
   * for `leaseMs`, or until `markTold`.
   */
  claimUntold(query: { nowMs: number; leaseMs: number }): Promise<UntoldOutage[]>
  /** Administrators have been told that it fails, or works. */
  markTold(channelId: string, isFailing: boolean): Promise<void>

  /**
   * Keeps the newest deliveries, up to all three bounds, and drops all that are older, and alerts that were closed
   * before; resolves with how many deliveries went.
   */
  prune(bounds: { beforeMs: number; keep: number; keepItems: number }): Promise<number>
}

export const MAX_CHANNELS = 100
/** transitions in one message */
export const DELIVERY_ITEMS = 1_000

export interface ChannelFields {
  readonly name: string
  readonly kind: ChannelKind
  readonly enabled: boolean
  /** with its secrets */
  readonly settings: ChannelSettings
  readonly route: ChannelRoute
  readonly group: string
  readonly quietHours?: WeeklySchedule
  readonly quietCritical: boolean
}

export interface ChannelRow extends ChannelFields {
  readonly id: string
  /** raised by every change */
  readonly revision: number
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly updatedBy: string
  /** since a message was given up, until one got through */
  readonly failingSinceMs?: number
}

/** An alert as far as it has been told. */
export interface ToldAlert {
  readonly alertId: string
  /** what has one active alert at most */
  readonly slot: string
  readonly seq: number
  readonly episode: number
  readonly state: AlertState
  readonly atMs: number
}

/** A line of messages of a channel that go out in order: at once, after quiet hours, or seldom. */
export type DeliveryLane = 'prompt' | 'quiet' | 'flapping'

export interface NewDeliveryItem {
  readonly channelId: string
  readonly event: AlertEvent
  readonly lane: DeliveryLane
  /** when the message is due, where this begins one */
  readonly dueMs: number
  /** and not before so long after the lane’s last one was due */
  readonly spacingMs?: number
}

export interface ClaimedDelivery {
  readonly id: string
  readonly idempotencyKey: string
  readonly channel: ChannelRow
  /** this one included */
  readonly attempts: number
  /** in the order in which they were put in */
  readonly events: readonly AlertEvent[]
}

export type DeliveryOutcome =
  | { readonly state: 'sent'; readonly httpStatus?: number; readonly remark?: string }
  | {
      readonly state: 'retrying'
      readonly error: string
      readonly httpStatus?: number
      readonly nextMs: number
    }
  /** the channel fails from now on */
  | { readonly state: 'dead'; readonly error: string; readonly httpStatus?: number }

export interface TestRecord {
  readonly idempotencyKey: string
  readonly atMs: number
  readonly ok: boolean
  readonly error?: string
  readonly httpStatus?: number
}

export interface DeliveryQuery {
  readonly channelId: string
  readonly limit: number
  readonly before?: string
  readonly state?: DeliveryState
}

export interface DeliveryRow {
  readonly id: string
  readonly channelId: string
  readonly state: DeliveryState
  readonly isTest: boolean
  readonly attempts: number
  readonly lastError?: string
  readonly httpStatus?: number
  readonly count: number
  /** each once, 100 at most */
  readonly alertIds: readonly string[]
  readonly createdAtMs: number
  readonly sentAtMs?: number
  /** of one that waits or is tried again */
  readonly nextMs?: number
  readonly idempotencyKey: string
}

export interface UntoldOutage {
  readonly channelId: string
  readonly name: string
  readonly kind: ChannelKind
  readonly isFailing: boolean
  /** of the message that was given up */
  readonly lastError?: string
}
