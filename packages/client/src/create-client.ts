import type {
  ClientEvent,
  ClientEventAnswer,
  ClientEventArguments,
  Failure,
  ServerEvent,
  ServerEventBody,
} from '@iot/contracts'
import { ConnectionView } from './connection-view.js'
import { EventListeners } from './event-listeners.js'
import { Incoming, onlyWhile } from './incoming.js'
import { keepToken } from './keep-token.js'
import type { AlertWatcher, IotClient, LiveClientDeps, LiveConnection, LiveWatcher } from './live-client.js'
import type { LiveSocket, OpenSocket, SocketEnd } from './live-socket.js'
import { createPollingFallback, type PollingFallback } from './polling-fallback.js'
import { RetryPlan } from './retry-plan.js'
import { socketIoOpener } from './socket-io-socket.js'
import { SubscriptionBook } from './subscription-book.js'
import { systemTimers, TimerSet, type Timers } from './timers.js'

const POLL_AFTER_MS = 10_000
const POLL_EVERY_MS = 5_000
/** A connection that lasts shorter is no success: the waits go on growing. */
const STABLE_MS = 5_000
const CLOCK_EVERY_MS = 60_000
/** What one client has lost others have too: they don't all ask at once. */
const RESYNC_WITHIN_MS = 2_000

/**
 * A live connection that comes back by itself: attempts 1 s, 1.5 s, … 30 s apart, for ever; a new token when the
 * old one is refused, and before it ends; subscriptions made again, and devices' readings that were missed fetched
 * up; REST asked every 5 s while the sockets fail for longer than 10 s.
 */
export function createClient(deps: LiveClientDeps): IotClient {
  return new Client(deps)
}

class Client implements IotClient {
  readonly #getToken: LiveClientDeps['getToken']
  readonly #openSocket: OpenSocket
  readonly #timers: Timers
  readonly #random: () => number
  readonly #onError: (error: unknown) => void
  readonly #book: SubscriptionBook
  readonly #polling: PollingFallback
  readonly #retry: RetryPlan
  /** those of one attempt and its connection */
  readonly #pending: TimerSet
  readonly #events: EventListeners
  readonly #view: ConnectionView
  readonly #incoming: Incoming

  #phase: 'stopped' | 'sessionEnded' | 'attempting' | 'connected' | 'waiting' = 'stopped'
  /** raised by each start, stop and attempt: what belongs to an older one is ignored */
  #generation = 0
  #socket: LiveSocket | undefined
  #everConnected = false
  #pollAnswered: boolean | undefined

  constructor(deps: LiveClientDeps) {
    this.#getToken = deps.getToken
    this.#openSocket = deps.openSocket ?? socketIoOpener(deps)
    this.#timers = deps.timers ?? systemTimers
    this.#random = deps.random ?? Math.random
    this.#onError = deps.onError ?? throwApart
    this.#retry = new RetryPlan(this.#random)
    this.#pending = new TimerSet(this.#timers)
    this.#events = new EventListeners(this.#onError)
    this.#view = new ConnectionView(() => this.#state(), this.#onError)
    this.#book = new SubscriptionBook({
      timers: this.#timers,
      onError: this.#onError,
      onSettled: () => this.#settled(),
      onTruncated: () => void this.#fetchAll(deps.fetchLatest),
    })
    this.#incoming = new Incoming({
      book: this.#book,
      events: this.#events,
      view: this.#view,
      timers: this.#timers,
    })
    this.#polling = createPollingFallback({
      fetchLatest: deps.fetchLatest,
      timers: this.#timers,
      afterMs: POLL_AFTER_MS,
      everyMs: POLL_EVERY_MS,
      onReadings: (readings) => this.#incoming.readings(readings),
      onOutcome: (answered) => {
        this.#pollAnswered = answered
        this.#tell()
      },
    })
  }

  start(): void {
    if (this.#phase !== 'stopped' && this.#phase !== 'sessionEnded') return
    this.#retry.startOver()
    this.#everConnected = false
    this.#polling.arm()
    this.#begin()
  }

  stop(): void {
    this.#endAs('stopped')
  }

  #endAs(phase: 'stopped' | 'sessionEnded'): void {
    this.#phase = phase
    this.#generation += 1
    this.#pending.clear()
    this.#polling.disarm()
    this.#book.disconnected()
    this.#socket?.close()
    this.#socket = undefined
  }

  retryNow(): void {
    if (this.#phase !== 'waiting') return
    this.#begin()
  }

  connection(): LiveConnection {
    return this.#view.current()
  }

  onConnection(listener: (connection: LiveConnection) => void): () => void {
    return this.#view.listen(listener)
  }

  watchAll(watcher: LiveWatcher): () => void {
    return this.#watched(this.#book.watchAll(watcher))
  }

  watchDevice(deviceId: string, watcher: LiveWatcher): () => void {
    return this.#watched(this.#book.watchDevice(deviceId, watcher))
  }

  watchAlerts(watcher: AlertWatcher): () => void {
    return this.#watched(this.#book.watchAlerts(watcher))
  }

  on<Event extends ServerEvent>(event: Event, listener: (body: ServerEventBody<Event>) => void): () => void {
    return this.#events.on(event, listener)
  }

  call<Event extends ClientEvent>(
    event: Event,
    ...args: ClientEventArguments<Event>
  ): Promise<ClientEventAnswer<Event> | Failure> {
    const socket = this.#phase === 'connected' ? this.#socket : undefined
    if (socket === undefined) return Promise.resolve(NOT_CONNECTED)
    return new Promise((resolve) => {
      socket.call(event, args, (answer) => resolve(answer as ClientEventAnswer<Event> | Failure))
    })
  }

  #watched(end: () => void): () => void {
    this.#tell()
    return end
  }

  #state(): LiveConnection['state'] {
    if (this.#phase === 'sessionEnded') return 'offline'
    if (this.#phase === 'connected') return this.#book.settled ? 'live' : 'catchingUp'
    if (this.#pollAnswered !== undefined) return this.#pollAnswered ? 'polling' : 'offline'
    return this.#everConnected || this.#retry.hasFailed ? 'reconnecting' : 'connecting'
  }

  #begin(): void {
    this.#pending.clear()
    this.#view.forget('nextRetryAtMs')
    this.#phase = 'attempting'
    this.#generation += 1
    this.#tell()
    void this.#connect(this.#generation)
  }

  async #connect(mine: number): Promise<void> {
    let token: string | undefined
    try {
      token = await this.#getToken({ fresh: this.#retry.needsFreshToken })
    } catch (error) {
      if (mine === this.#generation) this.#hasNoToken(error)
      return
    }
    if (mine !== this.#generation) return
    const isCurrent = () => mine === this.#generation
    const only = onlyWhile(isCurrent)
    const incoming = this.#incoming.of(isCurrent)
    this.#socket = this.#openSocket(token, {
      ...incoming,
      onConnect: only(() => this.#connected()),
      onEnd: only((end) => this.#ended(end)),
      onResync: only(() => this.#pending.after(this.#random() * RESYNC_WITHIN_MS, () => this.#book.resync())),
      onEvent: only((event, body) => {
        if (event === 'auth:expiring') this.#keepToken(mine)
        incoming.onEvent(event, body)
      }),
    })
  }

  #hasNoToken(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    if ((error as { sessionEnded?: boolean } | undefined)?.sessionEnded !== true) {
      this.#ended({ reason })
      return
    }
    this.#endAs('sessionEnded')
    this.#view.forget('nextRetryAtMs')
    this.#view.note({ reason })
    this.#tell()
  }

  /** Every subscription is answered, and has said what it fetches up. */
  #settled(): void {
    if (this.#book.missed > 0) this.#view.note({ missed: this.#book.missed })
    this.#tell()
  }

  #connected(): void {
    const socket = this.#socket
    if (socket === undefined) return
    this.#phase = 'connected'
    this.#everConnected = true
    this.#retry.connected()
    this.#view.forget('reason', 'missed')
    // Before anything is told: a connection without answers is catching up, not live.
    this.#book.connected(socket)
    this.#polling.disarm()
    this.#pending.after(STABLE_MS, () => this.#retry.startOver())
    this.#measureClock(socket)
    this.#tell()
  }

  /** The fleet is too large for the sockets' snapshot: REST has it. */
  async #fetchAll(fetchLatest: LiveClientDeps['fetchLatest']): Promise<void> {
    const mine = this.#generation
    try {
      const readings = await fetchLatest()
      if (mine === this.#generation) this.#incoming.readings(readings)
    } catch {
      // What is live comes all the same; the next reconnection asks again.
    }
  }

  #measureClock(socket: LiveSocket): void {
    socket.measureClock()
    this.#pending.after(CLOCK_EVERY_MS, () => this.#measureClock(socket))
  }

  #keepToken(mine: number): void {
    const socket = this.#socket
    if (socket === undefined) return
    void keepToken({
      socket,
      getToken: this.#getToken,
      isCurrent: () => mine === this.#generation,
      after: (ms, run) => this.#pending.after(ms, run),
    })
  }

  #ended(end: SocketEnd): void {
    this.#pending.clear()
    this.#generation += 1
    this.#socket = undefined
    this.#book.disconnected()
    this.#polling.arm()
    const waitMs = this.#retry.waitAfterMs(end)
    this.#phase = 'waiting'
    this.#view.note({ reason: end.code ?? end.reason, nextRetryAtMs: this.#timers.nowMs() + waitMs })
    this.#pending.after(waitMs, () => this.#begin())
    this.#tell()
  }

  #tell(): void {
    if (this.#phase !== 'stopped') this.#view.tell()
  }
}

const NOT_CONNECTED: Failure = {
  ok: false,
  code: 'NOT_CONNECTED',
  message: 'There is no connection: call again when there is (onConnection)',
}

function throwApart(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
