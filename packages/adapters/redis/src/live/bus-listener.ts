import { CHANNELS } from '@iot/contracts'
import type { LiveBatch, LiveHeads, LiveSubscriber } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { RedisConnection } from '../redis-connection.js'
import { decodeBatch } from './batch-codec.js'
import { offsetsOf } from './bus-reader.js'
import { BEAT_CHANNEL } from './bus-writer.js'

export interface BusListenerDeps {
  /** its own: nothing else goes over a connection that is subscribed */
  readonly connection: Pick<RedisConnection, 'start' | 'stop' | 'on' | 'ask' | 'renew' | 'isReady'>
  readonly logger: Logger
  readonly epoch: string
  readonly signal: AbortSignal
  /** The bus carries another log by now. */
  onOtherLog(epoch: string): void
}

/**
 * The listening side of the bus: connects with the first subscriber, so that a process that only publishes does not
 * hear itself. A message is unpacked once for all subscribers.
 */
export class BusListener {
  readonly #deps: BusListenerDeps
  readonly #subscribers = new Set<LiveSubscriber>()
  #listening: Promise<void> | undefined
  #isConnected = false
  #isListening = false

  constructor(deps: BusListenerDeps) {
    this.#deps = deps
  }

  /** Whether somebody listens and hears nothing. */
  get isDeaf(): boolean {
    return this.#subscribers.size > 0 && !(this.#isListening && this.#deps.connection.isReady)
  }

  async subscribe(subscriber: LiveSubscriber): Promise<() => Promise<void>> {
    this.#listening ??= this.#listen().catch((error) => {
      this.#listening = undefined
      throw error
    })
    await this.#listening
    // What was published before is answered before this question, so a newcomer does not hear it.
    await this.#deps.connection.ask((client) => client.ping())
    const own: LiveSubscriber = {
      onBatch: (batch) => subscriber.onBatch(batch),
      onBeat: (heads) => subscriber.onBeat?.(heads),
      onReconnect: () => subscriber.onReconnect?.(),
    }
    this.#subscribers.add(own)
    return async () => {
      this.#subscribers.delete(own)
    }
  }

  async stop(): Promise<void> {
    this.#subscribers.clear()
    await this.#deps.connection.stop()
  }

  async #listen(): Promise<void> {
    const { connection, signal } = this.#deps
    // Once, also where it was the subscription that failed before: each time more, each message would be heard once more.
    if (!this.#isConnected) {
      await connection.start({ signal })
      connection.on({
        messageBytes: (channel, message) => this.#hear(channel.toString(), message),
        ready: () => void this.#listenAgain(),
      })
      this.#isConnected = true
    }
    await this.#subscribeAll()
  }

  async #listenAgain(): Promise<void> {
    this.#isListening = false
    try {
      await this.#subscribeAll()
    } catch (error) {
      this.#deps.logger.warn({ err: error }, 'the channels of the live bus can’t be subscribed')
      this.#deps.connection.renew()
      return
    }
    this.#tell((subscriber) => subscriber.onReconnect?.())
  }

  async #subscribeAll(): Promise<void> {
    await this.#deps.connection.ask((client) => client.subscribe(...Object.values(CHANNELS), BEAT_CHANNEL))
    this.#isListening = true
  }

  #hear(channel: string, message: Buffer): void {
    const heard = this.#read(channel, message)
    if (!heard) return
    const { epoch } = heard.batch ?? heard.heads
    if (epoch !== this.#deps.epoch) this.#deps.onOtherLog(epoch)
    else if (heard.batch) this.#tell((subscriber) => subscriber.onBatch(heard.batch))
    else this.#tell((subscriber) => subscriber.onBeat?.(heard.heads))
  }

  /** Anybody who reaches Redis can publish: what can't be read is left out. */
  #read(channel: string, message: Buffer): Heard | undefined {
    try {
      if (channel !== BEAT_CHANNEL) return { batch: decodeBatch(message) }
      const beat = JSON.parse(message.toString()) as { epoch: string; heads: Record<string, string> }
      return { heads: offsetsOf(beat.epoch, Object.entries(beat.heads)) }
    } catch (error) {
      this.#deps.logger.warn({ err: error, channel }, 'a message on the live bus can’t be read')
      return undefined
    }
  }

  #tell(tell: (subscriber: LiveSubscriber) => void): void {
    for (const subscriber of this.#subscribers) {
      try {
        tell(subscriber)
      } catch (error) {
        this.#deps.logger.error({ err: error }, 'a subscriber of the live bus failed')
      }
    }
  }
}

type Heard =
  | { readonly batch: LiveBatch; readonly heads?: never }
  | { readonly heads: LiveHeads; readonly batch?: never }
