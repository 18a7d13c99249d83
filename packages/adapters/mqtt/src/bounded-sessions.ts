import { Readable } from 'node:stream'
import createPersistence from 'aedes-persistence'

export interface SessionBounds {
  /** sessions that outlive their connection; the one used longest ago goes first */
  readonly maxSessions: number
  /** messages that wait for one session; the oldest goes first */
  readonly maxQueued: number
  /** messages of QoS 2 of one session whose PUBREL has not come */
  readonly maxReceived: number
}

interface Client {
  readonly id: string
}
interface StoredPacket {
  brokerId?: string
  brokerCounter?: number
  messageId?: number
}
interface Subscription {
  readonly topic: string
}
/** The part of aedes-persistence that is used: which filters match a topic. */
interface SubscriptionStore {
  setup(broker: unknown): Promise<void>
  addSubscriptions(client: Client, subscriptions: Subscription[]): Promise<void>
  removeSubscriptions(client: Client, topics: string[]): Promise<void>
  subscriptionsByClient(client: Client): Promise<Subscription[]>
  subscriptionsByTopic(topic: string): Promise<{ clientId: string }[]>
  cleanSubscriptions(client: Client): Promise<void>
  countOffline(): Promise<{ subsCount: number; clientsCount: number }>
  getClientList(topic: string): Readable
  destroy(): Promise<void>
}
interface ReceivedMessage {
  /** settles when the message is durable */
  readonly work: Promise<void>
  /** PUBREC is out, or about to be */
  stored: boolean
}

/**
 * What the broker keeps of its clients, in memory and bounded: subscriptions and queues of sessions that outlive
 * their connection, and the ids of QoS 2 messages between PUBLISH and PUBREL. No message is retained and no will
 * is kept here: a status lies in the log, and a will belongs to its living connection alone. (The broker would
 * publish kept wills when it believes itself dead, as after a laptop has slept.)
 */
export class BoundedSessions {
  readonly #bounds: SessionBounds
  readonly #onForgotten: (clientId: string) => void
  // its types still tell of the callbacks that it had before
  readonly #subscriptions = createPersistence() as unknown as SubscriptionStore
  readonly #queues = new Map<string, StoredPacket[]>()
  readonly #received = new Map<string, Map<number, ReceivedMessage>>()
  /** sessions that outlive their connection, the one used longest ago first */
  readonly #lasting = new Set<string>()

  /** `onForgotten` is told whose subscriptions are gone. */
  constructor(bounds: SessionBounds, onForgotten: (clientId: string) => void = () => {}) {
    this.#bounds = bounds
    this.#onForgotten = onForgotten
  }

  /**
   * The work on a QoS 2 message: done once however often the message is sent until its PUBREL, also over a new
   * connection. Rejects, and forgets the message, when the work does. Undefined where too many are open.
   */
  receive(client: Client, messageId: number, work: () => Promise<void>): Promise<void> | undefined {
    let open = this.#received.get(client.id)
    const known = open?.get(messageId)
    if (known) return known.work
    if (!open) {
      open = new Map()
      this.#received.set(client.id, open)
    }
    if (open.size >= this.#bounds.maxReceived) return undefined
    const message: ReceivedMessage = { work: work(), stored: false }
    open.set(messageId, message)
    message.work.catch(() => open.delete(messageId))
    return message.work
  }

  /** Notes that a session outlives its connection. */
  keep(clientId: string): void {
    this.#lasting.delete(clientId)
    this.#lasting.add(clientId)
    if (this.#lasting.size <= this.#bounds.maxSessions) return
    const [oldest] = this.#lasting
    this.#forget(oldest!)
  }

  get size(): number {
    return this.#lasting.size
  }

  #forget(clientId: string): void {
    this.#lasting.delete(clientId)
    this.#queues.delete(clientId)
    this.#received.delete(clientId)
    void this.#subscriptions.cleanSubscriptions({ id: clientId })
    this.#onForgotten(clientId)
  }

  // From here on: what the broker asks of its persistence.

  async setup(broker: unknown): Promise<void> {
    await this.#subscriptions.setup(broker)
  }

  async storeRetained(): Promise<void> {}

  createRetainedStream(): Readable {
    return Readable.from([])
  }

  createRetainedStreamCombi(): Readable {
    return Readable.from([])
  }

  async addSubscriptions(client: Client, subscriptions: Subscription[]): Promise<void> {
    this.keep(client.id)
    await this.#subscriptions.addSubscriptions(client, subscriptions)
  }

  async removeSubscriptions(client: Client, topics: string[]): Promise<void> {
    await this.#subscriptions.removeSubscriptions(client, topics)
  }

  async subscriptionsByClient(client: Client): Promise<Subscription[]> {
    this.keep(client.id)
    return this.#subscriptions.subscriptionsByClient(client)
  }

  async subscriptionsByTopic(topic: string): Promise<{ clientId: string }[]> {
    return this.#lasting.size === 0 ? [] : this.#subscriptions.subscriptionsByTopic(topic)
  }

  async cleanSubscriptions(client: Client): Promise<void> {
    this.#forget(client.id)
  }

  async countOffline(): Promise<{ subsCount: number; clientsCount: number }> {
    return this.#subscriptions.countOffline()
  }

  getClientList(topic: string): Readable {
    return this.#subscriptions.getClientList(topic)
  }

  async outgoingEnqueue(subscription: { clientId: string }, packet: StoredPacket): Promise<void> {
    const queue = this.#queues.get(subscription.clientId) ?? []
    if (queue.length >= this.#bounds.maxQueued) queue.shift()
    queue.push({ ...packet })
    this.#queues.set(subscription.clientId, queue)
  }

  async outgoingEnqueueCombi(subscriptions: { clientId: string }[], packet: StoredPacket): Promise<void> {
    for (const subscription of subscriptions) await this.outgoingEnqueue(subscription, packet)
  }

  async outgoingUpdate(client: Client, packet: StoredPacket): Promise<void> {
    const queue = this.#queues.get(client.id) ?? []
    const at = queue.findIndex((queued) => isSamePacket(queued, packet))
    // one that had to make room for a newer one: it is delivered, and not again after a reconnect
    if (at < 0) return
    if (queue[at]!.brokerId === packet.brokerId) queue[at]!.messageId = packet.messageId!
    else queue[at] = packet
  }

  async outgoingClearMessageId(client: Client, packet: StoredPacket): Promise<StoredPacket | undefined> {
    const queue = this.#queues.get(client.id)
    if (!queue || packet.messageId === undefined) return undefined
    const at = queue.findIndex((queued) => queued.messageId === packet.messageId)
    if (at < 0) return undefined
    const [cleared] = queue.splice(at, 1)
    if (queue.length === 0) this.#queues.delete(client.id)
    return cleared
  }

  outgoingStream(client: Client): Readable {
    return Readable.from([...(this.#queues.get(client.id) ?? [])])
  }

  async incomingStorePacket(client: Client, packet: { messageId: number }): Promise<void> {
    const message = this.#received.get(client.id)?.get(packet.messageId)
    if (message) message.stored = true
  }

  async incomingGetPacket(client: Client, packet: { messageId: number }): Promise<ReceivedMessage> {
    const message = this.#received.get(client.id)?.get(packet.messageId)
    if (!message?.stored) throw new Error('no such packet')
    return message
  }

  async incomingDelPacket(client: Client, packet: { messageId: number }): Promise<void> {
    const open = this.#received.get(client.id)
    if (!open?.delete(packet.messageId)) throw new Error('no such packet')
    if (open.size === 0) this.#received.delete(client.id)
  }

  async cleanIncoming(client: Client): Promise<void> {
    this.#received.delete(client.id)
  }

  async putWill(): Promise<void> {}
  async getWill(): Promise<undefined> {}
  async delWill(): Promise<undefined> {}

  streamWill(): Readable {
    return Readable.from([])
  }

  async destroy(): Promise<void> {
    await this.#subscriptions.destroy()
  }
}

/** A queued message is known by the broker’s count, an acknowledged one by its id on the wire. */
function isSamePacket(queued: StoredPacket, packet: StoredPacket): boolean {
  return queued.brokerId === packet.brokerId
    ? queued.brokerCounter === packet.brokerCounter
    : queued.messageId === packet.messageId
}
