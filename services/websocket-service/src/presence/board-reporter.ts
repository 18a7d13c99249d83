import type { FleetFigures } from '@iot/contracts'
import type { Clock, PresenceBoard, PresenceNews } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { OwnConnections } from './own-connections.js'

/** How long who comes or goes waits for others who do: a storm makes few reports. */
const GATHER_MS = 50
/** What the board said longer ago says nothing of now. */
const STALE_MS = 10_000
/** Reports in a row at most; the rest waits for the next beat. */
const MAX_ROUNDS = 100

export interface BoardReporterDeps {
  readonly board: Pick<PresenceBoard, 'report' | 'withdraw'>
  readonly own: OwnConnections
  readonly instance: string
  readonly clock: Clock
  readonly logger: Logger
  readingsPerMinute(): number
  /** The board has answered: for this replica alone to announce. */
  onNews(news: PresenceNews): void
}

/** Tells the board what this replica has, one report at a time: a board that hangs is told once. */
export interface BoardReporter {
  start(): void
  /** Resolves when all is told, or the board is away. */
  report(): Promise<void>
  /** In a moment, together with what else happens in it. */
  reportSoon(): void
  /** All replicas as the board last said; undefined where that is long ago. */
  fleet(): FleetFigures | undefined
  /** Takes this replica off the board. */
  stop(): Promise<void>
}

export function createBoardReporter(deps: BoardReporterDeps): BoardReporter {
  const { board, own, clock, logger } = deps
  let heard: { readonly figures: FleetFigures; readonly atMs: number } | undefined
  let reporting: Promise<void> | undefined
  let soon: NodeJS.Timeout | undefined
  let isRunning = false
  let isAway = false

  /** Tells the board once; answers whether there is more to tell. */
  async function tell(): Promise<boolean> {
    const news = await board.report(own.takeReport(clock.nowMs(), deps.readingsPerMinute()))
    heard = { figures: news.fleet, atMs: clock.nowMs() }
    if (news.isKnown) own.confirm()
    else own.startOver()
    deps.onNews(news)
    return !news.isKnown || news.hasMore || own.hasMore
  }

  async function tellAll(): Promise<void> {
    try {
      for (let round = 0; round < MAX_ROUNDS; round += 1) if (!(await tell())) break
      if (isAway) logger.info('who is connected is shared again')
      isAway = false
    } catch (error) {
      // What it took in before the failure can't be known.
      own.startOver()
      if (!isAway) logger.warn({ err: error }, 'who is connected can’t be told to the other replicas')
      isAway = true
    }
  }

  async function report(): Promise<void> {
    if (!isRunning) return
    reporting ??= tellAll().finally(() => {
      reporting = undefined
    })
    await reporting
  }

  return {
    report,
    start() {
      isRunning = true
    },
    reportSoon() {
      if (!isRunning) return
      soon ??= setTimeout(() => {
        soon = undefined
        // A report that is on its way has been written already.
        void (reporting ?? Promise.resolve()).then(report)
      }, GATHER_MS).unref()
    },
    fleet: () => (heard && clock.nowMs() - heard.atMs < STALE_MS ? heard.figures : undefined),
    async stop() {
      isRunning = false
      clearTimeout(soon)
      soon = undefined
      await reporting
      await board.withdraw(deps.instance).catch((error: unknown) => {
        logger.debug({ err: error }, 'the other replicas can’t be told that this one ends')
      })
    },
  }
}
