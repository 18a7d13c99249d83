import { LIVE_KINDS, type LiveKind } from '@iot/contracts'
import type { LiveBatch, LiveBus, LiveEntry, LiveHeads } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { Heads } from './heads.js'
import { inTurn, type PastTrack, readPast } from './read-past.js'

/** Batches kept while a gap before them is being filled; beyond it the oldest go, and count as lost. */
const MAX_HELD = 256
/** The same over all partitions while the past is being read; what is dropped is found in the window. */
const MAX_HELD_AT_START = 4_096
/** How long the past may take; without it the feed begins with what comes. */
const PAST_WITHIN_MS = 10_000

export interface BusFeedDeps {
  readonly bus: LiveBus
  readonly heads: Heads
  readonly logger: Logger
  /** Events in order, each once, synchronously. */
  onEntries(kind: LiveKind, partition: number, entries: readonly LiveEntry[]): void
  /** From here on everything comes of a partition: its beginning, or the end of what was lost. */
  onBegin(kind: LiveKind, partition: number, after: number): void
  /** Events were missed: found again in the bus's window, or lost. */
  onGap(outcome: 'filled' | 'lost', kind: LiveKind, partition: number): void
  /** The bus carries another log. */
  onRestart(): void
}

export interface BusFeed {
  start(): Promise<void>
  stop(): Promise<void>
}

/**
 * Makes of the bus, which delivers at most once, a feed without holes and repeats per (kind, partition): a
 * batch that does not follow on what was seen waits until the window has given what lies between. It begins with
 * the past that the window holds.
 */
export function createBusFeed(deps: BusFeedDeps): BusFeed {
  const { bus, heads, logger } = deps
  /** batches that wait for a fill, by `kind partition` */
  const held = new Map<string, LiveBatch[]>()
  /** batches that came while the past was being read */
  let early: LiveBatch[] | undefined
  let unsubscribe: (() => Promise<void>) | undefined
  let stopped = false

  function onBatch(batch: LiveBatch): void {
    if (early) {
      early.push(batch)
      if (early.length > MAX_HELD_AT_START) early.shift()
      return
    }
    if (batch.epoch !== heads.epoch) {
      logger.warn({ from: heads.epoch, to: batch.epoch }, 'the live bus carries another log')
      heads.restart(batch.epoch)
      held.clear()
      deps.onRestart()
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

  function begin(kind: LiveKind, partition: number, after: number): void {
    heads.set(kind, partition, after)
    deps.onBegin(kind, partition, after)
  }

  function pass(batch: LiveBatch): void {
    if (heads.get(batch.kind, batch.partition) === undefined) {
      begin(batch.kind, batch.partition, batch.before)
    }
    const mine = heads.get(batch.kind, batch.partition)!
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
    if (heads.get(kind, partition)! < reach) skip(kind, partition, reach)
    else deps.onGap('filled', kind, partition)
    for (const batch of waiting) {
      if (batch.before > heads.get(kind, partition)!) skip(kind, partition, batch.before)
      pass(batch)
    }
  }

  function skip(kind: LiveKind, partition: number, reach: number): void {
    const mine = heads.get(kind, partition)!
    logger.warn({ kind, partition, from: mine + 1, to: reach }, 'events were lost on the live bus')
    deps.onGap('lost', kind, partition)
    begin(kind, partition, reach)
  }

  function compare(known: LiveHeads): void {
    if (known.epoch !== heads.epoch || early) return
    for (const kind of LIVE_KINDS) {
      for (const [partition, head] of known[kind]) {
        const mine = heads.get(kind, partition)
        if (mine === undefined) begin(kind, partition, head)
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

  /** What came meanwhile follows; where that leaves a gap, it is filled like any other. */
  function takePast(past: readonly PastTrack[]): void {
    const waiting = early ?? []
    early = undefined
    for (const { kind, partition, after } of past) begin(kind, partition, after)
    for (const batch of inTurn(past)) pass(batch)
    for (const batch of waiting) onBatch(batch)
  }

  return {
    async start() {
      stopped = false
      early = []
      unsubscribe = await bus.subscribe({ onBatch, onBeat: compare, onReconnect: () => void compareNow() })
      takePast(await pastOrNothing(deps))
      await compareNow()
    },
    async stop() {
      stopped = true
      early = undefined
      held.clear()
      await unsubscribe?.()
      unsubscribe = undefined
    },
  }
}

async function pastOrNothing({ bus, heads, logger }: BusFeedDeps): Promise<PastTrack[]> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PAST_WITHIN_MS} ms`)), PAST_WITHIN_MS)
  })
  try {
    return await Promise.race([readPast(bus, heads.epoch), tooLate])
  } catch (error) {
    logger.warn({ err: error }, 'the past can’t be read: who comes back from elsewhere gets a snapshot')
    return []
  } finally {
    clearTimeout(timer)
  }
}

function keyOf(kind: LiveKind, partition: number): string {
  return `${kind} ${partition}`
}
