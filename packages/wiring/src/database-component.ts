import { StoreUnavailable } from '@iot/ports'
import { type Component, type ComponentReport, type Logger, StartError } from '@iot/runtime'

/** A look that has no answer after this long counts as failed, while it goes on to wait for its end. */
const LOOK_LIMIT_MS = 5_000
/** SQLSTATEs, or classes of them, of a server that does not let us in: login, database, rights. */
const NOT_LET_IN = ['28', '3D', '42501']

/**
 * The connections to the database as a component: prepares it at the start, and then looks whether it answers,
 * every `intervalMs` and one look at a time. `degraded` while it does not: devices deliver up to the log's
 * bounds, and everything goes on when it is back. With `prepare`, start rejects with a StartError where
 * `configuredUrl` leads to no database; its message names the host, never the password.
 */
export function createDatabaseComponent(deps: {
  /** Left out: somebody else prepares it, and the start does not wait for it. */
  prepare?: () => Promise<unknown>
  look: () => Promise<unknown>
  end: () => Promise<unknown>
  /** undefined: the embedded server, which tells of itself */
  configuredUrl: string | undefined
  intervalMs: number
  logger: Logger
  lookLimitMs?: number
}): Component {
  const { logger, lookLimitMs = LOOK_LIMIT_MS } = deps
  let timer: NodeJS.Timeout | undefined
  let isLooking = false
  let isAway = false

  async function look(): Promise<void> {
    if (isLooking) return
    isLooking = true
    const limit = setTimeout(
      () => noteAway(new Error(`no answer within ${lookLimitMs} ms`)),
      lookLimitMs,
    ).unref()
    try {
      await deps.look()
      noteAnswer()
    } catch (error) {
      noteAway(error)
    } finally {
      clearTimeout(limit)
      isLooking = false
    }
  }

  /** The log is told once per outage; what the error says may name hosts and users, so only the log has it. */
  function noteAway(err: unknown): void {
    if (!isAway && timer) logger.warn({ err }, 'the database does not answer')
    isAway = true
  }

  function noteAnswer(): void {
    if (isAway && timer) logger.info('the database answers again')
    isAway = false
  }

  return {
    name: 'database',
    async start() {
      try {
        await deps.prepare?.()
      } catch (error) {
        throw deps.configuredUrl === undefined ? error : explainDatabase(error, deps.configuredUrl)
      }
      timer = setInterval(() => void look(), deps.intervalMs).unref()
      if (!deps.prepare) void look()
    },
    async stop() {
      clearInterval(timer)
      timer = undefined
      await deps.end()
    },
    health: (): ComponentReport =>
      isAway ? { status: 'degraded', detail: 'the database does not answer' } : { status: 'healthy' },
  }
}

/** What a person needs to know of an address that leads to no database: a StartError without the password. */
export function explainDatabase(error: unknown, url: string): unknown {
  if (error instanceof StartError) return error
  const { code, message } = error as { code?: unknown; message?: string }
  if (code === 'ERR_INVALID_URL') {
    // No cause: that error holds the URL, password included.
    return new StartError('DATABASE_URL is no address: postgres://USER:PASSWORD@HOST:5432/DATABASE')
  }
  const notLetIn = NOT_LET_IN.some((state) => String(code).startsWith(state))
  if (!notLetIn && !(error instanceof StoreUnavailable)) return error
  return new StartError(
    `The database of DATABASE_URL (${withoutPassword(url)}) can’t be used: ${reasonOf(error, message)}. ` +
      `${notLetIn ? 'Mend DATABASE_URL, or what its user may do.' : 'Start it, or mend DATABASE_URL.'}`,
    { cause: error },
  )
}

/** An error of several addresses (localhost is two) has no words of its own, but a code. */
function reasonOf(error: unknown, message: string | undefined): string {
  const { cause } = error as { cause?: { message?: string; code?: unknown } }
  return cause?.message || String(cause?.code ?? message ?? 'no reason given')
}

/** Host, port and database. */
function withoutPassword(url: string): string {
  try {
    const { host, pathname } = new URL(url)
    return `${host || 'localhost'}${decodeURIComponent(pathname)}`
  } catch {
    return 'its address is not shown: it can’t be told from its password'
  }
}
