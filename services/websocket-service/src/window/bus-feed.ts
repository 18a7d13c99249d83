import type { LiveKind } from '@iot/contracts'
import type { LiveBatch, LiveBus, LiveEntry, LiveHeads } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { Heads } from './heads.js'

/** Batches kept while a gap before them is being filled; beyond it the oldest go, and count as lost. */
const MAX_HELD = 256

export interface BusFeedDeps {
  readonly bus: LiveBus
  readonly heads: Heads
  readonly logger: Logger
  /** Events in order, each once, synchronously. */
  onEntries(kind: LiveKind, partition: number, entries: readonly LiveEntry[]): void
  /** Events were missed: found again in the bus's window, or lost. */
  onGap(outcome: 'filled' | 'lost'): void
}

export interface BusFeed {
  start(): Promise<void>
  stop(): Promise<void>
}

/**
 * Makes of the bus, which delivers at most once, a feed without holes and repeats per (kind, partition): a
 * batch that does not follow on what was seen waits until the window has given what lies between.
 */
export function createBusFeed(deps: BusFeedDeps): BusFeed {
  const { bus, heads, logger } = deps
  /** batches that wait for a fill, by `kind partition` */
  const held = new Map<string, LiveBatch[]>()
  let unsubscribe: (() => Promise<void>) | undefined
  let stopped = false

  function onBatch(batch: LiveBatch): void {
    if (batch.epoch !== heads.epoch) {
      logger.warn({ from: heads.epoch, to: batch.epoch }, 'the live bus carries another log')
      heads.restart(batch.epoch)
      held.clear()
    }
    const waiting = held.get(keyOf(batch.kind, batch.partition))
    if (waiting) {
      waiting.push(batch)
      if (waiting.length > MAX_HELD) waiting.shift()
      return
    }
    const mine = heads.get(batch.kind, batch.partition)
    if (mine !== undefined && batch.before > mine) fill(batch.kind, batch.partition, mine, [batch])
    else pass(batch)
  }

  function pass(batch: LiveBatch): void {
    const mine = heads.get(batch.kind, batch.partition) ?? batch.before
    if (batch.last <= mine) return
    const entries = batch.before >= mine ? batch.entries : batch.entries.filter(({ offset }) => offset > mine)
    heads.set(batch.kind, batch.partition, batch.last)
    deps.onEntries(batch.kind, batch.partition, entries)
  }

  function fill(kind: LiveKind, partition: number, after: number, waiting: LiveBatch[], head = after): void {
    const key = keyOf(kind, partition)
    const { epoch } = heads
    held.set(key, waiting)
    bus.window(kind, partition, after, epoch).then(
      (slice) => {
        if (held.get(key) !== waiting || stopped) return
        held.delete(key)
        for (const batch of slice.batches) pass(batch)
        resume(kind, partition, waiting, Math.max(head, waiting[0]?.before ?? -1))
      },
      (error: unknown) => {
        // What was held comes from the window too, once the next batch or beat asks again.
        if (held.get(key) === waiting) held.delete(key)
        logger.warn({ err: error, kind, partition }, 'the window of the live bus can’t be read')
      },
    )
  }

  /** After a fill: whatever is still missing up to `reach` is lost. */
  function resume(kind: LiveKind, partition: number, waiting: readonly LiveBatch[], reach: number): void {
    const mine = heads.get(kind, partition)!
    deps.onGap(mine < reach ? 'lost' : 'filled')
    if (mine < reach) {
      logger.warn({ kind, partition, from: mine + 1, to: reach }, 'events were lost on the live bus')
      heads.set(kind, partition, reach)
    }
    for (const batch of waiting) {
      if (batch.before > heads.get(kind, partition)!) {
        deps.onGap('lost')
        heads.set(kind, partition, batch.before)
      }
      pass(batch)
    }
  }

  function compare(known: LiveHeads): void {
    if (known.epoch !== heads.epoch) return
    for (const kind of ['readings', 'status'] as const) {
      for (const [partition, head] of known[kind]) {
        const mine = heads.get(kind, partition)
        if (mine === undefined) heads.set(kind, partition, head)
        else if (head > mine && !held.has(keyOf(kind, partition))) fill(kind, partition, mine, [], head)
      }
    }
  }

  async function compareNow(): Promise<void> {
    try {
      const known = await bus.heads()
      if (!stopped) compare(known)
    } catch (error) {
      logger.warn({ err: error }, 'the heads of the live bus can’t be read')
    }
  }

  return {
    async start() {
      stopped = false
      unsubscribe = await bus.subscribe({ onBatch, onBeat: compare, onReconnect: () => void compareNow() })
      await compareNow()
    },
    async stop() {
      stopped = true
      held.clear()
      await unsubscribe?.()
      unsubscribe = undefined
    },
  }
}

function keyOf(kind: LiveKind, partition: number): string {
  return `${kind} ${partition}`
}
