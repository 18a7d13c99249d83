import type { LiveBus, LiveState } from '@iot/ports'
import type { Component, ComponentContext, ComponentReport, Logger } from '@iot/runtime'
import { RedisConnection, type RedisSettings } from '../redis-connection.js'
import { BusListener } from './bus-listener.js'
import { awaitEpoch, BusReader, readEpoch } from './bus-reader.js'
import { BusWriter } from './bus-writer.js'
import { LogChanged } from './log-changed.js'
import { removeOldLogs } from './old-logs.js'

export interface RedisBusDeps extends RedisSettings {
  /**
   * Who publishes names its log by it, once that has started. Left out: a reader, which learns from Redis which log
   * the bus carries.
   */
  readonly epoch?: () => string
  /** memory of the window in Redis, over all kinds and partitions */
  readonly windowBytes: number
  /** a little more than the 120 s that a browser may be away */
  readonly windowMs?: number
  readonly beatMs?: number
}

export interface RedisBus extends LiveBus, LiveState, Component {
  /** The log whose events it carries. Known once started. */
  readonly epoch: string
  /**
   * Redis has lost all it knew (emptied, or back without its data). Window and states are what is published from now
   * on: who publishes puts back what it knows. Tells publishers alone, each of them.
   */
  onEmptied(listener: () => void): void
}

/**
 * The live bus of the fleet. Delivery by PUBLISH, window in streams, states in hashes; a flush is one script.
 * While Redis is away everything fails at once and is retriable; `health` says degraded.
 */
export function createRedisBus(deps: RedisBusDeps): RedisBus {
  const { logger, beatMs = 1_000 } = deps
  const commands = new RedisConnection(deps, 'live-bus')
  const emptied = new Set<() => void>()
  let parts: BusParts | undefined
  let beat: NodeJS.Timeout | undefined

  function started(): BusParts {
    if (!parts) throw new Error('The live bus has not started: start it before it is used.')
    return parts
  }
  function writer(): BusWriter {
    const { writer } = started()
    if (!writer) throw new Error('This process reads the live bus only: give the bus `epoch` to publish.')
    return writer
  }
  function onEmptied(): void {
    logger.warn('Redis has lost what the live bus kept in it')
    for (const tell of emptied) tell()
  }

  return {
    name: 'live-bus',
    get epoch() {
      return started().epoch
    },
    onEmptied: (listener) => void emptied.add(listener),
    async start(context) {
      await commands.start(context)
      parts = await openParts(deps, commands, context, onEmptied)
      beat = startBeat({ ...parts, commands, logger, beatMs, fail: context.fail })
    },
    async stop() {
      clearInterval(beat)
      await parts?.listener.stop()
      await commands.stop()
    },
    health(): ComponentReport {
      const isAway = !commands.isReady || parts?.listener.isDeaf
      return isAway ? { status: 'degraded', detail: 'the live bus is away' } : { status: 'healthy' }
    },
    publish: async (batches, changes) => writer().write(batches, changes, 'everyone'),
    refill: async (batches) => writer().write(batches, [], 'window'),
    subscribe: async (subscriber) => started().listener.subscribe(subscriber),
    window: async (kind, partition, after, epoch) => started().reader.window(kind, partition, after, epoch),
    heads: async () => started().reader.heads(),
    floors: async () => started().reader.floors(),
    get: async (deviceIds) => started().reader.get(deviceIds),
    list: async (options) => started().reader.list(options),
    counts: async () => started().reader.counts(),
    rate: async () => started().reader.rate(),
  }
}

interface BusParts {
  readonly epoch: string
  readonly reader: BusReader
  readonly listener: BusListener
  /** of a publisher */
  readonly writer: BusWriter | undefined
}

async function openParts(
  deps: RedisBusDeps,
  commands: RedisConnection,
  context: ComponentContext,
  onEmptied: () => void,
): Promise<BusParts> {
  const { logger, windowBytes, windowMs = 130_000 } = deps
  const epoch = deps.epoch?.() ?? (await awaitEpoch(commands, context, logger))
  context.signal.throwIfAborted()
  const known = epoch!
  const connection = new RedisConnection(deps, 'live-bus-listener')
  const onOtherLog = (found: string) => context.fail(new LogChanged(known, found))
  const listener = new BusListener({ connection, logger, epoch: known, signal: context.signal, onOtherLog })
  const reader = new BusReader(commands, known)
  if (!deps.epoch) return { epoch: known, reader, listener, writer: undefined }

  const writer = new BusWriter({ connection: commands, windowBytes, windowMs, onEmptied }, known)
  await writer.beat({ claim: true })
  removeOldLogs(commands, known).then(
    (keys) => keys > 0 && logger.info({ keys }, 'what other logs left in Redis was removed'),
    (error) => logger.warn({ err: error }, 'what other logs left in Redis could not be removed'),
  )
  return { epoch: known, reader, listener, writer }
}

/** A publisher says where the bus stands; a reader looks whether it still carries the same log. */
function startBeat(
  deps: BusParts & {
    commands: RedisConnection
    logger: Logger
    beatMs: number
    fail: ComponentContext['fail']
  },
): NodeJS.Timeout {
  const { epoch, writer, commands, logger, fail } = deps
  let isBusy = false

  async function look(): Promise<void> {
    if (writer) return writer.beat({ claim: false })
    const found = await readEpoch(commands)
    if (found !== undefined && found !== epoch) throw new LogChanged(epoch, found)
  }
  async function tick(): Promise<void> {
    if (isBusy || !commands.isReady) return
    isBusy = true
    try {
      await look()
    } catch (error) {
      if (error instanceof LogChanged) fail(error)
      else logger.debug({ err: error }, 'a beat of the live bus failed')
    }
    isBusy = false
  }
  return setInterval(() => void tick(), deps.beatMs).unref()
}
