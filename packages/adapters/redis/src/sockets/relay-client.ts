import type { Logger } from '@iot/runtime'
import type { RedisConnection } from '../redis-connection.js'

type Listener = (channel: Buffer, message: Buffer) => void

/**
 * What @socket.io/redis-adapter asks of an ioredis client, on connections that come back by themselves. The adapter
 * lets go of the promises it is given, and who is connected here waits for the answer to a publish: so nothing rejects
 * here, what can't be sent is lost, and what is subscribed is so again after every outage.
 */
export class RelayClient {
  readonly #publisher: RedisConnection
  readonly #subscriber: RedisConnection
  readonly #logger: Logger
  readonly #channels = new Set<string>()
  readonly #listeners = new Set<Listener>()

  constructor(deps: { publisher: RedisConnection; subscriber: RedisConnection; logger: Logger }) {
    this.#publisher = deps.publisher
    this.#subscriber = deps.subscriber
    this.#logger = deps.logger
    deps.subscriber.on({
      ready: () => void this.#subscribe([...this.#channels]),
      shardMessage: (channel, message) => this.#hear(channel, message),
    })
  }

  on(event: 'smessageBuffer', listener: Listener): void {
    if (event === 'smessageBuffer') this.#listeners.add(listener)
  }

  async ssubscribe(channel: string): Promise<void> {
    this.#channels.add(channel)
    await this.#subscribe([channel])
  }

  async sunsubscribe(channel: string): Promise<void> {
    this.#channels.delete(channel)
    if (!this.#subscriber.isReady) return
    await this.#subscriber
      .ask((client) => client.sunsubscribe(channel))
      .catch((error: unknown) => this.#logger.debug({ err: error }, 'a channel of the sockets stays open'))
  }

  /** How many heard it; 0 where it is lost. */
  async spublish(channel: string, message: string | Buffer): Promise<number> {
    try {
      return Number(await this.#publisher.ask((client) => client.spublish(channel, message)))
    } catch (error) {
      this.#logger.debug({ err: error }, 'the sockets of other replicas are not told')
      return 0
    }
  }

  /** Before the connection is there nothing is asked: all channels are subscribed when it is. */
  async #subscribe(channels: readonly string[]): Promise<void> {
    if (channels.length === 0 || !this.#subscriber.isReady) return
    try {
      await this.#subscriber.ask((client) => client.ssubscribe(...channels))
    } catch (error) {
      this.#logger.warn({ err: error }, 'what other replicas tell the sockets here can’t be heard')
      this.#subscriber.renew()
    }
  }

  /** Whoever reaches Redis can publish: what the adapter can't read ends no process. */
  #hear(channel: Buffer, message: Buffer): void {
    for (const listener of this.#listeners) {
      try {
        listener(channel, message)
      } catch (error) {
        this.#logger.warn({ err: error }, 'a word between the sockets of replicas can’t be read')
      }
    }
  }
}
