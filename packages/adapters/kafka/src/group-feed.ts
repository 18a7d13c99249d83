import { Backoff, pause, type TurnSource } from '@iot/adapter-groups'
import type { LogRecord } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import { fetchFrom } from './fetch.js'
import type { GroupCommits } from './group-commits.js'
import type { KafkaConnection } from './kafka-connection.js'
import { kafkaErrorType } from './kafka-error.js'
import type { LogQueries } from './log-queries.js'
import type { Names } from './names.js'
import { Outage } from './outage.js'
import { Pace } from './pace.js'
import { PlaceBuffer } from './place-buffer.js'
import { recordsOf } from './records.js'

/** A fetch that finds nothing waits so long at the broker; a partition that comes meanwhile waits as long. */
const IDLE_WAIT_MS = 300
/** Where nothing has come for a while, neither records nor partitions, it waits longer: nearly all topics are like that. */
const QUIET_AFTER_MS = 10_000
const QUIET_WAIT_MS = 1_000
/** While a place is full it is not fetched, and must not wait for the others when it has room again. */
const BUSY_WAIT_MS = 20
/** Rounds that are not spaced out after a rest. */
const SPARED_ROUNDS = 8
/** After the beat: what was written with it is durable by now, nearly always. */
const AFTER_BEAT_MS = 30
/** A round that brings so many is one of many, with much still to come: it is not waited for. */
const FULL_ROUND_RECORDS = 1_000
const FETCH_BYTES = 4 * 1024 * 1024
const PLACE_FETCH_BYTES = 512 * 1024

/**
 * What a member reads: fetches run ahead of the turns of its partitions, one fetch after another for each broker
 * that leads some of them, into a bounded buffer for each topic and partition.
 */
export class GroupFeed implements TurnSource {
  readonly #connection: KafkaConnection
  readonly #queries: LogQueries
  readonly #commits: GroupCommits
  readonly #names: Names
  readonly #log: Logger
  readonly #onRecords: (partition: number) => void
  readonly #everyMs: number
  readonly #stopped = new AbortController()
  readonly #buffers = new Map<string, PlaceBuffer>()
  readonly #loops = new Map<number, Promise<void>>()
  #seeking: Promise<void> | undefined
  #isToSeek = false
  /** when the last records or the last partition came, as `performance.now` has it */
  #stirredMs = performance.now()
  #change: () => void = () => {}
  #changed: Promise<void> = Promise.resolve()

  constructor(deps: {
    connection: KafkaConnection
    queries: LogQueries
    commits: GroupCommits
    names: Names
    log: Logger
    onRecords: (partition: number) => void
    /** between rounds that bring many records, where they follow each other without end, ms */
    everyMs: number
  }) {
    this.#connection = deps.connection
    this.#queries = deps.queries
    this.#commits = deps.commits
    this.#names = deps.names
    this.#log = deps.log
    this.#onRecords = deps.onRecords
    this.#everyMs = deps.everyMs
    this.#renewChange()
  }

  /** Begins at the end of the log; the turn's first read says where it really wants to begin. */
  open(topic: string, partition: number, range: { start: number; end: number }): void {
    const place = { topic: this.#names.topic(topic), partition }
    this.#buffers.set(`${topic}/${partition}`, new PlaceBuffer({ place, name: topic, ...range }))
    this.#stirredMs = performance.now()
    this.#seekLeaders()
  }

  close(topic: string, partition: number): void {
    this.#buffers.get(`${topic}/${partition}`)?.close()
    this.#buffers.delete(`${topic}/${partition}`)
  }

  range(topic: string, partition: number): { start: number; end: number } {
    return this.#buffer(topic, partition)
  }

  committedOffset(_group: string, topic: string, partition: number): number {
    return this.#commits.committed(topic, partition)
  }

  read(
    topic: string,
    partition: number,
    fromOffset: number,
    bounds: { maxRecords: number; maxBytes: number },
  ): readonly LogRecord[] | Promise<readonly LogRecord[]> {
    const taken = this.#buffer(topic, partition).take(fromOffset, bounds)
    this.#change()
    return taken
  }

  commit(_group: string, topic: string, partition: number, nextOffset: number): Promise<void> {
    return this.#commits.commit(topic, partition, nextOffset)
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    this.#change()
    for (const buffer of this.#buffers.values()) buffer.close()
    await Promise.all(this.#loops.values())
  }

  #buffer(topic: string, partition: number): PlaceBuffer {
    const buffer = this.#buffers.get(`${topic}/${partition}`)
    if (!buffer) throw new Error(`partition ${partition} of ${topic} is not this member's`)
    return buffer
  }

  /** Once more where it is sought already: there may be new places since. */
  #seekLeaders(): void {
    this.#isToSeek = true
    this.#seeking ??= this.#beginLoops().finally(() => {
      this.#seeking = undefined
      if (this.#isToSeek && !this.#stopped.signal.aborted) this.#seekLeaders()
    })
  }

  /** One loop for each broker that leads something of ours; a leader that moved gets one when the old one fails. */
  async #beginLoops(): Promise<void> {
    const backoff = new Backoff({ firstMs: 100, longestMs: 2_000, signal: this.#stopped.signal })
    while (!this.#stopped.signal.aborted) {
      try {
        this.#isToSeek = false
        for (const nodeId of (await this.#led()).keys()) {
          if (this.#loops.has(nodeId) || this.#stopped.signal.aborted) continue
          this.#loops.set(
            nodeId,
            this.#runLoop(nodeId).finally(() => this.#loopEnded(nodeId)),
          )
        }
        this.#change()
        return
      } catch (error) {
        this.#log.debug({ err: error }, 'nobody is known to lead a partition')
        await backoff.pause()
      }
    }
  }

  /** Something may have been opened while the loop was on its way out. */
  #loopEnded(nodeId: number): void {
    this.#loops.delete(nodeId)
    if (this.#buffers.size > 0) this.#seekLeaders()
  }

  #led(): Promise<Map<number, { topic: string; partition: number; buffer: PlaceBuffer }[]>> {
    const places = [...this.#buffers.values()].map((buffer) => ({ ...buffer.place, buffer }))
    return this.#connection.leaders(places)
  }

  async #runLoop(nodeId: number): Promise<void> {
    const { signal } = this.#stopped
    const backoff = new Backoff({ firstMs: 100, longestMs: 2_000, signal })
    const outage = new Outage(this.#log, `broker ${nodeId}, which this member reads from,`)
    const pace = new Pace({ everyMs: this.#everyMs, spared: SPARED_ROUNDS, offsetMs: AFTER_BEAT_MS })
    while (!signal.aborted) {
      const changed = this.#changed
      try {
        const led = (await this.#led()).get(nodeId)
        if (!led) return
        const open = led.map(({ buffer }) => buffer).filter((buffer) => buffer.hasRoom)
        if (open.length === 0) await changed
        else {
          const maxWaitMs = open.length < led.length ? BUSY_WAIT_MS : this.#idleWaitMs()
          const records = await this.#fetch(nodeId, open, maxWaitMs)
          if (records > 0) this.#stirredMs = performance.now()
          if (records > 0 && records < FULL_ROUND_RECORDS) await this.#rest(pace, records)
        }
        backoff.reset()
        outage.worked()
      } catch (error) {
        if (signal.aborted) return
        await this.#recover(error, outage)
        await backoff.pause()
      }
    }
  }

  #idleWaitMs(): number {
    return performance.now() - this.#stirredMs > QUIET_AFTER_MS ? QUIET_WAIT_MS : IDLE_WAIT_MS
  }

  /** Waits where rounds have followed each other too fast. */
  async #rest(pace: Pace, brought: number): Promise<void> {
    const nowMs = performance.now()
    pace.note(nowMs, brought)
    const waitMs = pace.waitMs(nowMs)
    if (waitMs >= 1) await pause(waitMs, this.#stopped.signal)
  }

  /** Resolves with how many records it brought. */
  async #fetch(nodeId: number, buffers: readonly PlaceBuffer[], maxWaitMs: number): Promise<number> {
    const wanted = buffers.map((buffer) => ({ ...buffer.place, offset: buffer.nextOffset, buffer }))
    const fetched = await this.#connection.onBroker(nodeId, (broker) =>
      fetchFrom(broker, wanted, { maxWaitMs, maxBytes: FETCH_BYTES, partitionBytes: PLACE_FETCH_BYTES }),
    )
    let records = 0
    for (const { topic, partition, records: brought, start, end } of fetched) {
      const asked = wanted.find((one) => one.topic === topic && one.partition === partition)
      if (!asked) continue
      const { buffer, offset } = asked
      const found = recordsOf(brought, { topic: buffer.name, partition, fromOffset: offset, log: this.#log })
      records += found.records.length
      if (buffer.put(offset, found, { start, end })) this.#onRecords(partition)
    }
    return records
  }

  /** Retention may have overtaken a member; a leader may have moved to a broker that has no loop yet. */
  async #recover(error: unknown, outage: Outage): Promise<void> {
    if (kafkaErrorType(error) === 'OFFSET_OUT_OF_RANGE') {
      try {
        return await this.#clampAll()
      } catch (cause) {
        // Where it stands can't be asked now either: the next fetch fails again, and so comes here again.
        this.#log.debug({ err: cause }, 'the ranges of the partitions can’t be read')
      }
    }
    outage.failed(error)
    this.#seekLeaders()
  }

  async #clampAll(): Promise<void> {
    for (const buffer of this.#buffers.values()) {
      const { topic, partition } = buffer.place
      const [range] = await this.#queries.rangesOf(topic, [partition])
      buffer.clamp(range!)
      this.#onRecords(partition)
    }
  }

  #renewChange(): void {
    this.#changed = new Promise((resolve) => {
      this.#change = () => {
        resolve()
        this.#renewChange()
      }
    })
  }
}
