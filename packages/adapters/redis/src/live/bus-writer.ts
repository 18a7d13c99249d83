import { CHANNELS } from '@iot/contracts'
import { type DeviceStateChange, type LiveBatch, StoreUnavailable } from '@iot/ports'
import { baseOf, EPOCH_KEY, metaKey, trackOf } from '../keys.js'
import type { RedisConnection } from '../redis-connection.js'
import { batchAfter, encodeBatch } from './batch-codec.js'
import { BEAT_SCRIPT } from './beat-script.js'
import { LogChanged } from './log-changed.js'
import { PUBLISH_SCRIPT } from './publish-script.js'
import { encodeChanges } from './state-codec.js'

/** Subscribers hear on it where all partitions stand. */
export const BEAT_CHANNEL = 'live-beat'
/** A batch is cut once when its sender repeats itself; more often only if two senders own the same partition. */
const CUTS = 3

export interface BusWriterDeps {
  readonly connection: RedisConnection
  readonly windowBytes: number
  readonly windowMs: number
  /** Redis knows nothing of what was written before: it was emptied, or came back without its data. */
  onEmptied(): void
}

/** The writing side of the bus: every call is one script. */
export class BusWriter {
  readonly #deps: BusWriterDeps
  readonly #epoch: string
  /** Another mark with every call. The first that reaches an empty Redis stays there: a new one tells of a loss. */
  readonly #name = crypto.randomUUID()
  #calls = 0
  #born: string | undefined
  #queue: Promise<unknown> = Promise.resolve()

  constructor(deps: BusWriterDeps, epoch: string) {
    this.#deps = deps
    this.#epoch = epoch
  }

  /** One at a time: a batch that must be cut and sent again would otherwise come after those that follow it. */
  write(
    batches: readonly LiveBatch[],
    changes: readonly DeviceStateChange[],
    to: 'everyone' | 'window',
  ): Promise<void> {
    const foreign = batches.find(({ epoch }) => epoch !== this.#epoch)
    if (foreign) return Promise.reject(new LogChanged(this.#epoch, foreign.epoch))
    const written = this.#queue.then(() => this.#write(batches, changes, to))
    this.#queue = written.catch(() => {})
    return written
  }

  async beat(options: { claim: boolean }): Promise<void> {
    const { connection, windowMs, windowBytes } = this.#deps
    const [outcome, value] = (await connection.run(BEAT_SCRIPT, this.#keys(), [
      baseOf(this.#epoch),
      this.#epoch,
      this.#mark(),
      BEAT_CHANNEL,
      windowMs,
      windowBytes,
      options.claim ? 'claim' : '',
    ])) as [string, string]
    if (outcome === 'other') throw new LogChanged(this.#epoch, value)
    this.#noteBorn(value)
  }

  async #write(
    given: readonly LiveBatch[],
    changes: readonly DeviceStateChange[],
    to: 'everyone' | 'window',
  ): Promise<void> {
    const { connection, windowMs, windowBytes } = this.#deps
    let batches = given
    for (let cuts = 0; cuts <= CUTS; cuts++) {
      const args = [baseOf(this.#epoch), this.#epoch, this.#mark(), windowMs, windowBytes]
      encodeWrite(batches, changes, to, args)
      const [outcome, ...values] = (await connection.run(PUBLISH_SCRIPT, this.#keys(), args)) as string[]
      if (outcome === 'other') throw new LogChanged(this.#epoch, values[0]!)
      if (outcome === 'ok') return this.#noteBorn(values[0]!)
      batches = cutToNews(batches, values)
    }
    throw new StoreUnavailable(
      'Somebody else publishes the same partitions: what is new was never what was sent',
    )
  }

  #mark(): string {
    this.#calls += 1
    return `${this.#name} ${this.#calls}`
  }

  #keys(): string[] {
    return [EPOCH_KEY, metaKey(this.#epoch)]
  }

  #noteBorn(born: string): void {
    const isEmptied = this.#born !== undefined && this.#born !== born
    this.#born = born
    if (isEmptied) this.#deps.onEmptied()
  }
}

function encodeWrite(
  batches: readonly LiveBatch[],
  changes: readonly DeviceStateChange[],
  to: 'everyone' | 'window',
  args: (string | number)[],
): void {
  args.push(batches.length)
  for (const batch of batches) {
    const { kind, partition, before, last, entries } = batch
    const channel = to === 'everyone' ? CHANNELS[kind] : ''
    args.push(trackOf(kind, partition), before, last, entries.length, channel, encodeBatch(batch))
  }
  encodeChanges(changes, args)
}

/** What of batches lies beyond the heads that Redis answered, one per batch; '' where it knows none. */
function cutToNews(batches: readonly LiveBatch[], stored: readonly string[]): LiveBatch[] {
  const heads = new Map<string, number>()
  const news: LiveBatch[] = []
  for (const [at, batch] of batches.entries()) {
    const track = trackOf(batch.kind, batch.partition)
    const known = heads.get(track) ?? (stored[at] ? Number(stored[at]) : batch.before)
    if (batch.last > known) news.push(batch.before < known ? batchAfter(batch, known) : batch)
    heads.set(track, Math.max(known, batch.last))
  }
  return news
}
