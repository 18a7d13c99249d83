import type { LiveKind } from '@iot/contracts'
import type { DeviceState, LiveBatch, LiveHeads, LiveState, WindowSlice } from '@iot/ports'
import type { ComponentContext, Logger } from '@iot/runtime'
import { baseOf, devicesKey, EPOCH_KEY, metaKey, onlineKey, rateKey, trackOf, windowKey } from '../keys.js'
import type { RedisConnection } from '../redis-connection.js'
import type { Script } from '../script.js'
import { batchAfter, decodeBatch } from './batch-codec.js'
import { GET_SCRIPT, LIST_SCRIPT, RATE_SCRIPT, WINDOW_SCRIPT } from './read-scripts.js'
import { decodeState, type KeptState } from './state-codec.js'

/** Batches of the window that are read at once: Redis does nothing else meanwhile. */
const BATCHES_AT_ONCE = 64
/** Devices whose state is read at once. */
const STATES_AT_ONCE = 200
/** Between two looks whether a publisher has named its log, ms. */
const LOOK_MS = 100

const INCOMPLETE: WindowSlice = { complete: false, batches: [] }

/** Waits until a publisher has named the log that the bus carries; undefined when the signal came first. */
export async function awaitEpoch(
  connection: RedisConnection,
  { signal }: Pick<ComponentContext, 'signal'>,
  logger: Logger,
): Promise<string | undefined> {
  for (let looks = 0; !signal.aborted; looks++) {
    const epoch = await readEpoch(connection).catch(() => undefined)
    if (epoch !== undefined) return epoch
    if (looks === 0) logger.info('waits for the first publisher of the live bus')
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  return undefined
}

/** The log that the bus carries; undefined where no publisher has named one. */
export async function readEpoch(connection: RedisConnection): Promise<string | undefined> {
  return (await connection.ask((client) => client.get(EPOCH_KEY))) ?? undefined
}

/** The reading side of the bus, for the log `epoch`. */
export class BusReader implements LiveState {
  readonly #connection: RedisConnection
  readonly #epoch: string

  constructor(connection: RedisConnection, epoch: string) {
    this.#connection = connection
    this.#epoch = epoch
  }

  /** Read page by page up to where the bus stood at the beginning: what is published meanwhile is never chased. */
  async window(kind: LiveKind, partition: number, after: number, epoch: string): Promise<WindowSlice> {
    if (epoch !== this.#epoch) return INCOMPLETE
    const batches: LiveBatch[] = []
    let reach = Number.POSITIVE_INFINITY
    for (let from = after; from < reach; from = batches.at(-1)!.last) {
      const page = await this.#page(kind, partition, from)
      if (!page) return INCOMPLETE
      reach = Math.min(reach, page.head)
      if (page.batches.length === 0) break
      batches.push(...page.batches)
    }
    const first = batches[0]
    if (first && first.before < after) batches[0] = batchAfter(first, after)
    return { complete: true, batches }
  }

  heads(): Promise<LiveHeads> {
    return this.#offsets('h:')
  }

  floors(): Promise<LiveHeads> {
    return this.#offsets('f:')
  }

  async get(deviceIds: readonly string[]): Promise<DeviceState[]> {
    const states: DeviceState[] = []
    for (let at = 0; at < deviceIds.length; at += STATES_AT_ONCE) {
      states.push(...(await this.#states(GET_SCRIPT, deviceIds.slice(at, at + STATES_AT_ONCE))))
    }
    return states
  }

  async list({ after, limit }: { after?: string; limit: number }): Promise<DeviceState[]> {
    const states: DeviceState[] = []
    for (let last = after; states.length < limit; last = states.at(-1)!.deviceId) {
      const wanted = Math.min(STATES_AT_ONCE, limit - states.length)
      const from = last === undefined ? ['', ''] : ['after', last]
      const page = await this.#states(LIST_SCRIPT, [...from, wanted])
      states.push(...page)
      if (page.length < wanted) break
    }
    return states
  }

  async counts(): Promise<{ total: number; online: number }> {
    const [total, online] = await this.#connection.ask((client) =>
      Promise.all([client.zcard(devicesKey(this.#epoch)), client.scard(onlineKey(this.#epoch))]),
    )
    return { total, online }
  }

  async rate(): Promise<{ readingsPerMinute: number }> {
    const sum = await this.#connection.run(RATE_SCRIPT, [rateKey(this.#epoch)], [])
    return { readingsPerMinute: Number(sum) }
  }

  /** What Redis keeps per track under names that begin so. */
  async #offsets(prefix: string): Promise<LiveHeads> {
    const fields = await this.#connection.ask((client) => client.hgetall(metaKey(this.#epoch)))
    const named = Object.entries(fields).filter(([field]) => field.startsWith(prefix))
    return offsetsOf(
      this.#epoch,
      named.map(([field, offset]) => [field.slice(prefix.length), offset]),
    )
  }

  async #page(
    kind: LiveKind,
    partition: number,
    after: number,
  ): Promise<{ head: number; batches: LiveBatch[] } | undefined> {
    const track = trackOf(kind, partition)
    const keys = [metaKey(this.#epoch), windowKey(this.#epoch, track)]
    const [outcome, head, texts] = (await this.#connection.run(WINDOW_SCRIPT, keys, [
      track,
      after,
      BATCHES_AT_ONCE,
    ])) as [string, string, string[]]
    return outcome === 'ok'
      ? { head: Number(head), batches: texts.map((text) => decodeBatch(Buffer.from(text))) }
      : undefined
  }

  async #states(script: Script, args: readonly (string | number)[]): Promise<DeviceState[]> {
    const found = await this.#connection.run(script, [], [baseOf(this.#epoch), ...args])
    return (found as KeptState[]).map(decodeState)
  }
}

/** Offsets as Redis keeps them, by track. */
export function offsetsOf(
  epoch: string,
  byTrack: Iterable<readonly [track: string, offset: string]>,
): LiveHeads {
  const byKind: Record<LiveKind, Map<number, number>> = {
    readings: new Map(),
    status: new Map(),
    alerts: new Map(),
  }
  for (const [track, offset] of byTrack) {
    const [kind, partition] = track.split(':') as [LiveKind, string]
    byKind[kind].set(Number(partition), Number(offset))
  }
  return { epoch, ...byKind }
}
