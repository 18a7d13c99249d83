import type { TopicContract } from '@iot/contracts'
import { LogError } from '@iot/ports'
import type { Database } from '../database.js'

/** What is known of a partition without asking the database. */
export interface PartitionState {
  readonly topic: string
  readonly partition: number
  /** the oldest offset kept */
  start: number
  /** the next offset to be written; moves after the commit alone */
  end: number
}

export interface TopicState {
  readonly name: string
  readonly retentionMs: number
  readonly partitions: readonly PartitionState[]
}

interface TopicRow {
  topic: string
  retention_hours: number
  partition: number
  start_offset: number
  end_offset: number
}

const SELECT_TOPICS = `
  SELECT t.topic, t.retention_hours, p.partition, p.next_offset AS end_offset,
    coalesce((SELECT min(b.base) FROM log_batch b WHERE b.topic = p.topic AND b.partition = p.partition),
      p.next_offset) AS start_offset
  FROM log_topic t JOIN log_partition p USING (topic)`

/** The topics of the log and the ranges of their partitions. */
export class TopicRegistry {
  readonly #database: Database
  readonly #owner: string
  readonly #partitions: number
  readonly #topics = new Map<string, TopicState>()
  /** topics that were made sure of in this process: they exist, with the retention of their contract */
  readonly #opened = new Map<string, Promise<TopicState>>()

  constructor(deps: { database: Database; owner: string; partitions: number }) {
    this.#database = deps.database
    this.#owner = deps.owner
    this.#partitions = deps.partitions
  }

  /** Reads what there is, topics nobody has asked for yet too: retention needs them. */
  async load(): Promise<void> {
    const { rows } = await this.#database.query<TopicRow>(`${SELECT_TOPICS} ORDER BY topic, partition`)
    this.#keep(rows)
  }

  all(): Iterable<TopicState> {
    return this.#topics.values()
  }

  get(topic: string): TopicState | undefined {
    return this.#topics.get(topic)
  }

  /** Makes sure that the topic exists. Rejects like `Database`, or with `LOG_FENCED`. */
  open(contract: TopicContract): Promise<TopicState> {
    let opening = this.#opened.get(contract.name)
    if (!opening) {
      opening = this.#create(contract)
      this.#opened.set(contract.name, opening)
      opening.catch(() => this.#opened.delete(contract.name))
    }
    return opening
  }

  async #create({ name, retentionHours }: TopicContract): Promise<TopicState> {
    const rows = await this.#database.transaction(async (query) => {
      const owned = await query('SELECT 1 FROM event_log WHERE owner = $1 FOR SHARE', [this.#owner])
      if (owned.rowCount === 0) throw new LogError('LOG_FENCED', 'the log was taken by another process')
      await query(
        `INSERT INTO log_topic (topic, retention_hours) VALUES ($1, $2)
         ON CONFLICT (topic) DO UPDATE SET retention_hours = excluded.retention_hours`,
        [name, retentionHours],
      )
      await query(
        `INSERT INTO log_partition (topic, partition) SELECT $1, generate_series(0, $2::int - 1)
         ON CONFLICT DO NOTHING`,
        [name, this.#partitions],
      )
      const selected = await query<TopicRow>(`${SELECT_TOPICS} WHERE topic = $1 ORDER BY partition`, [name])
      return selected.rows
    })
    // Where it was known already, its ranges have moved on in memory; only its retention may be new.
    const known = this.#topics.get(name)
    if (known) this.#topics.set(name, { ...known, retentionMs: retentionHours * 3_600_000 })
    else this.#keep(rows)
    return this.#topics.get(name)!
  }

  #keep(rows: readonly TopicRow[]): void {
    for (const name of new Set(rows.map(({ topic }) => topic))) {
      const own = rows.filter(({ topic }) => topic === name)
      this.#topics.set(name, {
        name,
        retentionMs: own[0]!.retention_hours * 3_600_000,
        partitions: own.map(({ partition, start_offset, end_offset }) => ({
          topic: name,
          partition,
          start: start_offset,
          end: end_offset,
        })),
      })
    }
  }
}
