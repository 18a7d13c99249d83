import { TOPICS } from '@iot/contracts'
import type { Clock, EventLog } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { LivePartition } from '../live-partition.js'

/** Between two looks at what is due. */
const EVERY_MS = 250
/** What fires at once of one partition; the rest has its turn at the next look. */
const FIRED_AT_ONCE = 500
/** Records on their way above which a partition's clock waits. */
const ON_THE_WAY = 500

export interface TimekeeperDeps {
  readonly log: Pick<EventLog, 'ranges'>
  readonly clock: Clock
  readonly logger: Logger
  readonly everyMs?: number | undefined
  partitions(): Iterable<LivePartition>
}

/** Where the log ended at a time: who has read up to there knows all that had come by then. */
interface Ends {
  readonly atMs: number
  readonly readings: ReadonlyMap<number, number>
  readonly status: ReadonlyMap<number, number>
}

/**
 * Lets the time of what waits come. Not while a partition lags behind the log: what is missing may only not have been
 * read yet. So it asks where the log ends, and what was due by then comes when all up to there has been worked in.
 */
export function createTimekeeper(deps: TimekeeperDeps) {
  const { clock, logger } = deps
  const awaited = new WeakMap<LivePartition, Ends>()
  let timer: NodeJS.Timeout | undefined
  let isFailing = false
  let isStopped = false

  function isRipe(owned: LivePartition, nowMs: number): boolean {
    return !owned.gate && owned.appends.count < ON_THE_WAY && owned.alerts.timers.isDue(nowMs)
  }

  /** Fires what was due by a time up to which all is known. */
  function fireKnown(owned: LivePartition): void {
    const ends = awaited.get(owned)
    if (!ends) return
    const { partition, state, alerts } = owned
    if (state.readings.next < (ends.readings.get(partition) ?? 0)) return
    if (state.status.next < (ends.status.get(partition) ?? 0)) return
    awaited.delete(owned)
    alerts.fire(ends.atMs, FIRED_AT_ONCE)
  }

  async function look(): Promise<void> {
    const ripe = [...deps.partitions()].filter((owned) => isRipe(owned, clock.nowMs()))
    for (const owned of ripe) fireKnown(owned)
    const unknown = ripe.filter((owned) => !awaited.has(owned) && isRipe(owned, clock.nowMs()))
    if (unknown.length === 0) return
    const ends = await askEnds(deps)
    for (const owned of unknown) {
      awaited.set(owned, ends)
      // It may have begun a snapshot meanwhile, or have gone: then the next look has it, or nobody.
      if (isRipe(owned, ends.atMs)) fireKnown(owned)
    }
  }

  async function turn(): Promise<void> {
    try {
      await look()
      if (isFailing) logger.info('the end of the log is known again')
      isFailing = false
    } catch (error) {
      logger[isFailing ? 'debug' : 'warn'](
        { err: error },
        'what is due waits: the log does not say where it ends',
      )
      isFailing = true
    }
    schedule()
  }

  function schedule(): void {
    if (!isStopped) timer = setTimeout(() => void turn(), deps.everyMs ?? EVERY_MS).unref()
  }

  return {
    start(): void {
      isStopped = false
      schedule()
    },
    stop(): void {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

async function askEnds({ log, clock }: TimekeeperDeps): Promise<Ends> {
  // Before the question: what comes while it is on its way is not covered.
  const atMs = clock.nowMs()
  const [readings, status] = await Promise.all([
    log.ranges(TOPICS.sensorsData),
    log.ranges(TOPICS.deviceStatus),
  ])
  return {
    atMs,
    readings: new Map(readings.map(({ partition, end }) => [partition, end])),
    status: new Map(status.map(({ partition, end }) => [partition, end])),
  }
}
