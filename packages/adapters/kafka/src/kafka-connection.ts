import type { Socket } from 'node:net'
import { settledWithin } from '@iot/adapter-groups'
import type { Logger } from '@iot/runtime'
import { createKafkaClient, dialBroker } from './kafka-client.js'
import { type Broker, type Cluster, createCluster, type Place } from './kafka-cluster.js'
import { isAboutTheGroup, isRequestTimeout } from './kafka-error.js'

const CLOSE_LIMIT_MS = 2_000

export interface ConnectionOptions {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly requestTimeoutMs: number
  readonly log: Logger
}

/**
 * One set of connections: to each broker at most two, one of them for fetches alone, since a broker answers
 * the requests of a connection one after another. It reconnects by itself; every call is tried once, and
 * its caller decides about trying again.
 */
export class KafkaConnection {
  readonly #topics: readonly string[]
  readonly #cluster: Cluster
  readonly #sockets = new Set<Socket>()
  readonly #coordinators = new Map<string, Broker>()
  #isReady = false
  #closed = false

  constructor(options: ConnectionOptions & { topics: readonly string[] }) {
    this.#topics = options.topics
    this.#cluster = createCluster(
      createKafkaClient({
        ...options,
        // Who tries again, how often and how long is decided where the call is made.
        retries: 0,
        dial: (host, port) => this.#keep(this.dial(host, port)),
      }),
    )
  }

  /** Runs a call on the cluster; metadata are read anew after one that failed. */
  async run<Answer>(call: (cluster: Cluster) => Promise<Answer>): Promise<Answer> {
    if (this.#closed) throw new Error('the connection to Kafka is closed')
    try {
      if (!this.#isReady) await this.#refresh()
      return await call(this.#cluster)
    } catch (error) {
      if (!isAboutTheGroup(error)) this.#doubt(error)
      throw error
    }
  }

  /** Runs a call on the coordinator of a group. */
  async onCoordinator<Answer>(group: string, call: (broker: Broker) => Promise<Answer>): Promise<Answer> {
    return this.run(async (cluster) => {
      let coordinator = this.#coordinators.get(group)
      if (!coordinator) {
        coordinator = await cluster.findGroupCoordinator({ groupId: group })
        this.#coordinators.set(group, coordinator)
      }
      return call(coordinator)
    })
  }

  /** The broker that leads each place, as last heard. Rejects for a place that has none now. */
  async leaders<At extends Place>(places: readonly At[]): Promise<Map<number, At[]>> {
    return this.run(async (cluster) => {
      const byLeader = new Map<number, At[]>()
      for (const place of places) {
        const leader = cluster
          .findTopicPartitionMetadata(place.topic)
          .find(({ partitionId }) => partitionId === place.partition)?.leader
        if (leader === undefined || leader < 0)
          throw new Error(`${place.topic}/${place.partition} has no leader now`)
        const led = byLeader.get(leader)
        if (led) led.push(place)
        else byLeader.set(leader, [place])
      }
      return byLeader
    })
  }

  async onBroker<Answer>(nodeId: number, call: (broker: Broker) => Promise<Answer>): Promise<Answer> {
    return this.run(async (cluster) => call(await cluster.findBroker({ nodeId })))
  }

  /** Ends all connections at once; what is open rejects. */
  async close(): Promise<void> {
    this.#closed = true
    this.#dropSockets()
    await settledWithin(this.#cluster.disconnect(), CLOSE_LIMIT_MS)
  }

  /** A socket that is on its way to a broker. */
  protected dial(host: string, port: number): Socket {
    return dialBroker(host, port)
  }

  async #refresh(): Promise<void> {
    await this.#cluster.connect()
    await this.#cluster.addMultipleTargetTopics(this.#topics)
    await this.#cluster.refreshMetadata()
    this.#isReady = true
  }

  #doubt(error: unknown): void {
    this.#isReady = false
    this.#coordinators.clear()
    // An answer that is still to come on this connection must not meet the same request on a new one.
    if (isRequestTimeout(error)) this.#dropSockets()
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    // An attempt to connect that was under way when the connection was closed.
    if (this.#closed) socket.destroy(new Error('given up'))
    return socket
  }

  #dropSockets(): void {
    for (const socket of this.#sockets) socket.destroy(new Error('given up'))
  }
}
