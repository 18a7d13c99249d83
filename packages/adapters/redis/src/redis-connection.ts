import { StoreUnavailable } from '@iot/ports'
import { type Component, type ComponentReport, type Logger, StartError } from '@iot/runtime'
import { Command, Redis } from 'ioredis'
import type { Script } from './script.js'

export interface RedisSettings {
  readonly host: string
  readonly port: number
  readonly password?: string | undefined
  readonly logger: Logger
  /** for a connection, with its handshake, ms */
  readonly connectTimeoutMs?: number
  /** for an answer, ms; a connection that is silent for as long is given up and made anew */
  readonly answerTimeoutMs?: number
  /** for the first connection, ms */
  readonly startTimeoutMs?: number
  /** The start goes on without Redis where it does not answer in time, and the connection comes when Redis does. */
  readonly isOptional?: boolean
}

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000
/** Between two questions whether Redis is there: a paused server keeps its connections and never answers. */
const PING_MS = 1_000
/** Errors of a server that does not let us in; waiting would not help. */
const NOT_LET_IN = /^(NOAUTH|WRONGPASS|NOPERM)/

/**
 * One connection to Redis that comes back by itself. Nothing queues up while Redis is away: a command then fails at
 * once with `StoreUnavailable`, and one that has no answer in time fails and takes the connection with it.
 */
export class RedisConnection implements Component {
  readonly name: string
  readonly #settings: RedisSettings
  readonly #client: Redis
  readonly #logger: Logger
  #pinging: NodeJS.Timeout | undefined
  #lastError: Error | undefined
  #isAway = false
  #isStopping = false

  constructor(settings: RedisSettings, name = 'redis') {
    const { host, port, password, connectTimeoutMs = 2_000, answerTimeoutMs = 2_000 } = settings
    this.name = name
    this.#settings = settings
    this.#logger = settings.logger.child({ connection: name })
    this.#client = new Redis({
      host,
      port,
      ...(password && { password }),
      lazyConnect: true,
      connectTimeout: connectTimeoutMs,
      commandTimeout: answerTimeoutMs,
      socketTimeout: answerTimeoutMs,
      disconnectTimeout: answerTimeoutMs,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      retryStrategy: pauseBefore,
    })
    this.#client.on('error', (error) => {
      this.#lastError = error
    })
    this.#client.on('close', () => this.#noteAway())
    this.#client.on('ready', () => this.#noteBack())
  }

  get isReady(): boolean {
    return this.#client.status === 'ready'
  }

  /**
   * Resolves when connected; rejects with a StartError that says what to do when that can't be had. An optional
   * connection rejects only where Redis does not let us in: that does not mend itself.
   */
  async start({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { isOptional = false, startTimeoutMs = isOptional ? 2_000 : 20_000 } = this.#settings
    const late = AbortSignal.timeout(startTimeoutMs)
    // Its rejection is about the first try alone; the client tries on by itself.
    this.#client.connect().catch(() => {})
    await this.#settled(AbortSignal.any([signal, late]))
    signal.throwIfAborted()
    if (!this.isReady && !(isOptional && !this.#isRefused)) throw this.#startError()
    this.#pinging = setInterval(() => {
      if (this.isReady) this.#client.ping().catch(() => {})
    }, PING_MS).unref()
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    clearInterval(this.#pinging)
    this.#client.disconnect()
  }

  health(): ComponentReport {
    return this.isReady ? { status: 'healthy' } : { status: 'degraded', detail: 'Redis does not answer' }
  }

  /**
   * Calls back whenever the connection is there again, and for what comes on a subscribed channel: as a text, or, for who
   * makes no text of it, as it came.
   */
  on(listeners: {
    ready?: () => void
    message?: (channel: string, text: string) => void
    messageBytes?: (channel: Buffer, message: Buffer) => void
    shardMessage?: (channel: Buffer, message: Buffer) => void
  }): void {
    if (listeners.ready) this.#client.on('ready', listeners.ready)
    if (listeners.message) this.#client.on('message', listeners.message)
    if (listeners.messageBytes) this.#client.on('messageBuffer', listeners.messageBytes)
    if (listeners.shardMessage) this.#client.on('smessageBuffer', listeners.shardMessage)
  }

  /** Runs a script; its text goes along only where Redis does not know it yet. */
  async run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return this.ask(async (client) => {
      try {
        return await evalsha(client, [script.sha, keys.length, ...keys, ...args])
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
        return client.eval(script.source, keys.length, ...keys, ...args)
      }
    })
  }

  /** Whatever `send` asks; a failure is a `StoreUnavailable` that says what Redis or the connection said. */
  async ask<Answer>(send: (client: Redis) => Promise<Answer>): Promise<Answer> {
    if (!this.isReady) throw new StoreUnavailable('Redis is away', { cause: this.#lastError })
    try {
      return await send(this.#client)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new StoreUnavailable(`Redis does not answer: ${reason}`, { cause: error })
    }
  }

  /** Gives the connection up and makes it anew. */
  renew(): void {
    if (!this.#isStopping) this.#client.disconnect(true)
  }

  /** Resolves when connected, when Redis refuses us, or at the signal. */
  #settled(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#client.off('ready', done)
        this.#client.off('error', onError)
        resolve()
      }
      const onError = ({ message }: Error) => {
        if (NOT_LET_IN.test(message)) done()
      }
      this.#client.on('ready', done)
      this.#client.on('error', onError)
      if (signal.aborted || this.isReady) done()
      signal.addEventListener('abort', done, { once: true })
    })
  }

  get #isRefused(): boolean {
    return NOT_LET_IN.test(this.#lastError?.message ?? '')
  }

  #startError(): StartError {
    const { host, port } = this.#settings
    const error = this.#lastError
    return new StartError(
      `Redis at ${host}:${port} can’t be used: ${error?.message || 'no answer'}. ` +
        `${this.#isRefused ? 'Mend REDIS_PASSWORD.' : 'Start it, or mend REDIS_HOST and REDIS_PORT.'}`,
      { cause: error },
    )
  }

  /** Logged once per outage, not once per try. */
  #noteAway(): void {
    if (!this.#isAway && !this.#isStopping) this.#logger.warn({ err: this.#lastError }, 'Redis is away')
    this.#isAway = true
  }

  #noteBack(): void {
    if (this.#isAway) this.#logger.info('Redis is back')
    this.#isAway = false
    this.#lastError = undefined
  }
}

/** Longer from try to try, and not the same for all who lost it together. */
function pauseBefore(tries: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1)) * (0.5 + Math.random() / 2)
}

/**
 * As the client's own method, but the command lets go of its arguments when it is settled. It is given a function by
 * assignment to a property; V8 puts such a one among what is old, so all that it reaches outlives every collection of the
 * young: the old generation would fill with what has been sent.
 */
async function evalsha(client: Redis, args: (string | number)[]): Promise<unknown> {
  const command = new Command('evalsha', args, { replyEncoding: 'utf8' })
  try {
    return await client.sendCommand(command)
  } finally {
    command.args = []
  }
}
