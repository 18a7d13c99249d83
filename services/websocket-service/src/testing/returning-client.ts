import type { AlertEvent, Positions, Reading, StatusEvent } from '@iot/contracts'
import { until } from '@iot/testkit'
import type { Body, Client, Harness } from './harness.js'

export interface Return {
  readonly recovered: boolean
  readonly answers: readonly Body[]
}

/** The event by which it gets each kind; none of what is left out. */
export interface Names {
  readonly readings?: string
  readonly status?: string
  readonly alerts?: string
}
const NONE = 'nothing'

type Subscription = readonly [event: string, ...args: unknown[]]

/**
 * What an application does with a stock client to miss nothing: keeps its positions as the reference says, and
 * sends them with every subscribe after a reconnection.
 */
export class ReturningClient {
  /** all that came, over all connections, under one name each */
  readonly readings: Reading[] = []
  readonly status: StatusEvent[] = []
  readonly alerts: AlertEvent[] = []
  positions: Positions | undefined
  /** the last snapshot: where it stood, and how many readings, status changes and alerts had come before it */
  snapshot:
    | {
        readonly positions: Positions
        readonly at: number
        readonly statusAt: number
        readonly alertsAt: number
      }
    | undefined
  resyncs = 0
  readonly #subscriptions: readonly Subscription[]
  readonly #names: Names
  #client: Client | undefined
  #isSettled = false

  constructor(names: Names, ...subscriptions: readonly Subscription[]) {
    this.#names = names
    this.#subscriptions = subscriptions
  }

  async connect(harness: Harness, more: Parameters<Harness['open']>[0] = {}): Promise<Return> {
    const client = await harness.open(more)
    this.#client = client
    this.#listen(client)
    await client.next('welcome')
    this.#isSettled = false
    const since = this.positions
    const answers = await Promise.all(
      this.#subscriptions.map(
        ([event, ...args], index) =>
          new Promise<Body>((resolve) => {
            const options = { ...(args.at(-1) as object), ...(since && { since }) }
            client.socket.emit(event, ...args.slice(0, -1), options, (answer: Body) => {
              // In the callback itself: after an await, events behind the answer may have come already.
              if (index === this.#subscriptions.length - 1) this.#settle(answer)
              resolve(answer)
            })
          }),
      ),
    )
    return { recovered: answers.every(({ recovered }) => recovered === true), answers }
  }

  /** Ends the connection wherever it is. */
  cut(): void {
    this.#client?.socket.removeAllListeners()
    this.#client?.socket.disconnect()
    this.#client = undefined
  }

  /** All that was written before has come. */
  async drained(): Promise<void> {
    await this.#client!.call('ping')
  }

  async cameUpTo(count: number): Promise<void> {
    await until(`${count} readings`, () => this.readings.length >= count)
    await this.drained()
  }

  #settle(answer: Body): void {
    this.#isSettled = true
    if (!answer.ok) return
    this.positions = answer.positions!
    if (!answer.recovered) {
      this.snapshot = {
        positions: structuredClone(this.positions),
        at: this.readings.length,
        statusAt: this.status.length,
        alertsAt: this.alerts.length,
      }
    }
  }

  #listen({ socket }: Client): void {
    const { readings = NONE, status = NONE, alerts = NONE } = this.#names
    socket.on(readings, (body: Reading & Body) => {
      if (readings === 'sensor:batch') {
        this.readings.push(...body.readings!)
        this.#take(body.positions!)
        return
      }
      this.readings.push(body)
      const { partition, offset, index } = body.position!
      if (this.#isSettled) {
        this.positions!.readings[partition] = index === undefined ? offset : [offset, index]
      }
    })
    socket.on(status, (body: StatusEvent) => {
      this.status.push(body)
      const { partition, offset } = body.position!
      if (this.#isSettled) this.positions!.status[partition] = offset
    })
    socket.on(alerts, (body: AlertEvent & Body) => {
      if (alerts === 'alert:batch') {
        this.alerts.push(...(body.alerts as AlertEvent[]))
        this.#take(body.positions!)
        return
      }
      this.alerts.push(body)
      const { partition, offset } = body.position!
      if (this.#isSettled) this.positions!.alerts![partition] = offset
    })
    socket.on('positions', (positions: Positions) => this.#take(positions))
    socket.on('resync', () => {
      this.resyncs += 1
    })
  }

  #take(positions: Positions): void {
    if (this.#isSettled) this.positions = positions
  }
}
