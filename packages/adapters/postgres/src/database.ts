import { StoreRefused, StoreUnavailable } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import pg from 'pg'
import { columnTypes } from './column-types.js'
import { isUnavailable } from './is-unavailable.js'

/** One statement with its values. The `name` prepares it once per connection: for statements that come often. */
export type Query = <Row = Record<string, unknown>>(
  text: string,
  values?: unknown[],
  options?: { name?: string },
) => Promise<{ rows: Row[]; rowCount: number }>

/**
 * Access to PostgreSQL. int8 comes as a number, timestamptz as ms since 1970 (a number), json parsed, the rest
 * as pg has it. Times go out as ms: `to_timestamp($1::float8 / 1000)`.
 *
 * Every method rejects with StoreUnavailable (retriable) when the server is away, restarts, is full, or takes
 * longer than the timeouts; `cause` is pg's error with the SQLSTATE in `code`, where there is one. Whether the
 * statement had its effect is unknown then. A value that the server can't hold is StoreRefused. Other errors of
 * the server come as they are.
 */
export interface Database {
  query: Query
  /** BEGIN, the work, COMMIT; ROLLBACK when the work rejects, and its error is passed on. */
  transaction<Result>(work: (query: Query) => Promise<Result>): Promise<Result>
  /** Closes the connections once the running statements have ended. Safe to call twice. */
  end(): Promise<void>
}

export interface DatabaseOptions {
  /** A function is asked at the first statement: the embedded server knows its port after its start. */
  readonly url: string | (() => string)
  /** connections at most */
  readonly poolSize: number
  readonly log: Logger
  /** how long a statement may wait for a connection, ms */
  readonly connectTimeoutMs?: number
  /** how long a statement may take, ms; the server ends it then */
  readonly statementTimeoutMs?: number
  /** Called with the text of every statement that is sent, BEGIN and COMMIT too. */
  readonly onStatement?: (text: string) => void
}

/** Class of the SQLSTATEs that say a value is at fault: a zero byte in a text, a time out of range. */
const DATA_EXCEPTION = '22'
/** Statements that may wait for a connection at once; further ones are refused as StoreUnavailable. */
const MAX_WAITING = 1_000
/** A frozen server cannot time out by itself: the client gives up this much later. */
const ANSWER_GRACE_MS = 2_000

export function openDatabase(options: DatabaseOptions): Database {
  let pool: pg.Pool | undefined
  let ended: Promise<void> | undefined

  function connections(): pg.Pool {
    if (ended) throw new StoreUnavailable('The database connection is closed')
    pool ??= createPool(options)
    if (pool.waitingCount >= MAX_WAITING) {
      throw new StoreUnavailable(`${MAX_WAITING} statements wait for a database connection already`)
    }
    return pool
  }

  return {
    async query<Row>(text: string, values?: unknown[], more?: { name?: string }) {
      options.onStatement?.(text)
      try {
        return answerOf<Row>(await connections().query(statement(text, values, more)))
      } catch (error) {
        throw asStoreError(error)
      }
    },
    async transaction(work) {
      const client = await connect(connections())
      let broken: Error | undefined
      // Only idle connections are the pool's to hear of: without a handler, one lost here would end this process.
      const onLost = (error: Error) => {
        broken ??= error
      }
      client.on('error', onLost)
      const query: Query = async <Row>(text: string, values?: unknown[], more?: { name?: string }) => {
        options.onStatement?.(text)
        try {
          return answerOf<Row>(await client.query(statement(text, values, more)))
        } catch (error) {
          const failure = asStoreError(error)
          // A connection whose statement was not answered may still get that answer: never use it again.
          if (failure instanceof StoreUnavailable) broken = failure
          throw failure
        }
      }
      try {
        await query('BEGIN')
        const result = await work(query)
        await query('COMMIT')
        return result
      } catch (error) {
        if (!broken) await query('ROLLBACK').catch((failure) => (broken = failure))
        throw error
      } finally {
        client.release(broken)
        client.off('error', onLost)
      }
    },
    end() {
      ended ??= pool ? pool.end() : Promise.resolve()
      return ended
    },
  }
}

function createPool(options: DatabaseOptions): pg.Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? 30_000
  const pool = new pg.Pool({
    connectionString: typeof options.url === 'string' ? options.url : options.url(),
    application_name: 'iot-monitoring',
    max: options.poolSize,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + ANSWER_GRACE_MS,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    types: columnTypes,
    // The parser of timestamptz counts on both.
    options: '-c TimeZone=UTC -c DateStyle=ISO',
  })
  // Of idle connections. Without a handler a restart of the server would end this process.
  pool.on('error', (err) => options.log.warn({ err }, 'an idle database connection was lost'))
  return pool
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw asStoreError(error)
  }
}

function statement(text: string, values: unknown[] | undefined, more: { name?: string } | undefined) {
  return { text, values: values ?? [], ...(more?.name && { name: more.name }) }
}

function answerOf<Row>(result: pg.QueryResult): { rows: Row[]; rowCount: number } {
  return { rows: result.rows as Row[], rowCount: result.rowCount ?? 0 }
}

function asStoreError(error: unknown): unknown {
  if (error instanceof StoreUnavailable) return error
  if (error instanceof pg.DatabaseError && error.code?.startsWith(DATA_EXCEPTION)) {
    return new StoreRefused(`The database can’t hold a value: ${error.message}`, { cause: error })
  }
  if (!isUnavailable(error)) return error
  const reason = (error as Error).message
  return new StoreUnavailable(`The database is away: ${reason}`, { cause: error })
}
