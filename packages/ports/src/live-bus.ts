import type { DeviceStatus, LiveKind, Reading } from '@iot/contracts'

/**
 * The live bus: what `live` has decided, on its way to every replica of websocket-service, with a window
 * of the recent past and the newest state of each device. Redis in the fleet, this process in all-in-one.
 *
 * Promises of every adapter:
 * - Delivery to subscribers: at most once, in the order of `publish` per (kind, partition). A subscriber
 *   tells a loss by `before` (or by a beat) and fills it from the window.
 * - The window holds what was published, in order, without holes, bounded by time and bytes; what was
 *   trimmed is said, never left out silently.
 * - A batch that ends at or below the last published offset of its (kind, partition) is dropped, and of one
 *   that reaches beyond it only the new part counts: a repeat after a crash is published once.
 * - A batch whose `before` lies beyond the last published offset leaves a hole: the window then begins
 *   with that batch, for its (kind, partition).
 */
export interface LiveBus {
  /**
   * Publishes batches, appends them to the window and applies the state changes, all or nothing seen from
   * a reader. Rejects (retriable) when the bus is away; publish the same again then.
   */
  publish(batches: readonly LiveBatch[], changes: readonly DeviceStateChange[]): Promise<void>

  /**
   * Puts back into the window what was published before it lost its memory (in-process: after every restart),
   * under the rules of `publish`; subscribers are not told. A batch may be empty, with `before` equal to
   * `last`: it sets where a silent partition stands.
   */
  refill(batches: readonly LiveBatch[]): Promise<void>

  /** Hands every batch published from now on to `onBatch`, synchronously, never two at a time. */
  subscribe(subscriber: LiveSubscriber): Promise<() => Promise<void>>

  /**
   * What was published of a kind and partition after `after` (an offset; -1: all). `complete: false` when
   * the window no longer reaches back to it, when `after` lies beyond the last published offset, or when
   * `epoch` is not the bus's: then there are no batches. A batch that `after` cuts through is answered from
   * there on.
   */
  window(kind: LiveKind, partition: number, after: number, epoch: string): Promise<WindowSlice>

  /** The last offset published per kind and partition. */
  heads(): Promise<LiveHeads>

  /**
   * How far back the window reaches per kind and partition: what was published after that offset is all in it, and
   * `window` after it is complete until more is trimmed. As many partitions as `heads` knows.
   */
  floors(): Promise<LiveHeads>
}

/** One event, encoded once by `live`; nobody downstream parses it to pass it on. */
export interface LiveEntry {
  readonly offset: number
  /** place inside the record, where a record holds several readings */
  readonly index?: number
  /** of an alert: what it is keyed by (`alertKey` of contracts), which may be a site or the system */
  readonly deviceId: string
  /** of a reading: which sensor, to tell which readings replace each other */
  readonly sensorType?: string
  /** the event's body as JSON text */
  readonly json: string
  /**
   * The same where it came as bytes: who passes it on as it is has no need of a text, which is then made when somebody asks
   * for it.
   */
  readonly encoded?: EncodedBody
}

/** A JSON text as UTF-8, where it lies among others. */
export interface EncodedBody {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

export interface LiveBatch {
  readonly epoch: string
  readonly kind: LiveKind
  readonly partition: number
  /** the last offset published before this batch; -1 at the beginning */
  readonly before: number
  /** the last offset that this batch covers; entries may end below it (a repeat is covered and not shown) */
  readonly last: number
  readonly entries: readonly LiveEntry[]
}

export interface LiveSubscriber {
  onBatch(batch: LiveBatch): void
  /** Every second: the last offset published per kind and partition, so that a lost last batch is noticed. */
  onBeat?(heads: LiveHeads): void
  /** The connection to the bus was lost and is back: compare heads. */
  onReconnect?(): void
}

export interface WindowSlice {
  readonly complete: boolean
  readonly batches: readonly LiveBatch[]
}

/** An offset per kind and partition. */
export interface LiveHeads {
  readonly epoch: string
  readonly readings: ReadonlyMap<number, number>
  readonly status: ReadonlyMap<number, number>
  readonly alerts: ReadonlyMap<number, number>
}

/** The newest state of a device. */
export interface DeviceState {
  readonly deviceId: string
  readonly status: DeviceStatus
  readonly statusAt?: string
  /** newest arrival of anything from the device */
  readonly lastSeen?: string
  readonly location?: string
  /** newest reading per sensor, by device time */
  readonly readings: readonly Reading[]
}

/**
 * What changed of a device; `readings` holds the changed sensors only. A reading with an older timestamp than
 * the one kept of its sensor changes nothing. `removed`: all that was known of the device is forgotten, before
 * the rest of the change; with nothing else the device is not known any more.
 */
export interface DeviceStateChange extends Partial<Omit<DeviceState, 'deviceId'>> {
  readonly deviceId: string
  readonly removed?: true
}

/** Reading side of the state that `LiveBus.publish` writes. */
export interface LiveState {
  /** States of the devices named, in that order; devices nothing is known of are left out. */
  get(deviceIds: readonly string[]): Promise<DeviceState[]>
  /** All states in order of device id, after a device id, at most `limit`. */
  list(options: { after?: string; limit: number }): Promise<DeviceState[]>
  /** How many devices are known, and how many of them are online. */
  counts(): Promise<{ total: number; online: number }>
  /** Readings published in the last full minute. */
  rate(): Promise<{ readingsPerMinute: number }>
}
