import { randomUUID } from 'node:crypto'
import { LogError } from '@iot/ports'
import { StartError } from '@iot/runtime'
import type { Database } from '../database.js'

/** Whose log it is, and its identity. Taking it over fences the process that had it. */
export class LogOwnership {
  readonly owner = randomUUID()
  readonly #database: Database
  #epoch: string | undefined
  #turn = 0

  constructor(deps: { database: Database }) {
    this.#database = deps.database
  }

  /** Valid after `take`. */
  get epoch(): string {
    if (!this.#epoch) throw new LogError('LOG_CLOSED', 'the log is not open')
    return this.#epoch
  }

  /** A number that appends show; an older one is refused. */
  get turn(): number {
    return this.#turn
  }

  /** Makes the log where there is none, and takes it. Waits for an append of its former owner. */
  async take(partitions: number): Promise<void> {
    await this.#database.query(
      'INSERT INTO event_log (partitions, owner) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [partitions, this.owner],
    )
    const stored = await this.#database.query<{ epoch: string; partitions: number }>(
      'SELECT epoch, partitions FROM event_log',
    )
    const row = stored.rows[0]!
    if (row.partitions !== partitions) {
      throw new StartError(
        `The event log in the database has ${row.partitions} partitions, this program wants ${partitions}. ` +
          `Start the program that made it (${row.partitions} partitions), or give this one an empty database.`,
      )
    }
    await this.#database.query('UPDATE event_log SET owner = $1, turn = 0', [this.owner])
    this.#epoch = row.epoch
  }

  /** Rejects with `LOG_FENCED` where the log is another's. */
  async check(): Promise<void> {
    const { rowCount } = await this.#database.query('SELECT 1 FROM event_log WHERE owner = $1', [this.owner])
    if (rowCount === 0) throw fenced()
  }

  /**
   * After an append whose answer was lost: when this resolves, that append is either committed or will
   * never be. Rejects with `LOG_FENCED` where the log is another's.
   */
  async renew(): Promise<void> {
    // The same number again, should this answer be lost as well.
    const turn = this.#turn + 1
    const { rowCount } = await this.#database.query('UPDATE event_log SET turn = $2 WHERE owner = $1', [
      this.owner,
      turn,
    ])
    if (rowCount === 0) throw fenced()
    this.#turn = turn
  }
}

export function fenced(cause?: unknown): LogError {
  return new LogError('LOG_FENCED', 'another process has taken the log: this one can’t go on', { cause })
}
