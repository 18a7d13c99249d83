import type { Reading } from '@iot/contracts'
import { backoffMs } from './backoff.js'
import { callEach } from './call-each.js'
import type { LiveClient, LiveConnection, LiveWatcher } from './live-client.js'
import type { LiveSocket, OpenSocket, SocketEnd } from './live-socket.js'
import { createPollingFallback, type PollingFallback } from './polling-fallback.js'
import { socketIoOpener } from './socket-io-socket.js'
import { SubscriptionBook } from './subscription-book.js'
import { systemTimers, type Timers } from './timers.js'

export interface LiveClientDeps {
  /** origin of the sockets: `https://ws.example.com` */
  url: string
  /** `/socket.io` */
  path: string
  /** An access token; `fresh` when the last one was refused. Undefined: try without one. May reject: tried again. */
  getToken: (options: { fresh: boolean }) => Promise<string | undefined>
  /** The newest reading of every sensor over REST, for when the sockets fail. */
  fetchLatest: () => Promise<readonly Reading[]>
  /** what a watcher threw; by default it is thrown where nothing else is disturbed */
  onError?: (error: unknown) => void
  openSocket?: OpenSocket
  timers?: Timers
  random?: () => number
}

const BACKOFF = { firstMs: 1_000, factor: 1.5, mostMs: 30_000, jitter: 0.3 }
const POLL_AFTER_MS = 10_000
const POLL_EVERY_MS = 5_000
/** A connection that lasts shorter is no success: the waits go on growing. */
const STABLE_MS = 5_000
const CLOCK_EVERY_MS = 60_000
/** What one client has lost others have too: they don't all ask at once. */
const RESYNC_WITHIN_MS = 2_000

/**
 * A live connection that comes back by itself: attempts 1 s, 1.5 s, … 30 s apart, for ever; a new token when the
 * old one is refused; subscriptions made again, and devices' readings that were missed fetched up; REST asked every 5 s while the sockets fail for longer than 10 s.
 */
export function createClient(deps: LiveClientDeps): LiveClient {
  return new Client(deps)
}

class Client implements LiveClient {
  readonly #getToken: LiveClientDeps['getToken']
  readonly #openSocket: OpenSocket
  readonly #timers: Timers
  readonly #random: () => number
  readonly #onError: (error: unknown) => void
  readonly #book: SubscriptionBook
  readonly #polling: PollingFallback
  readonly #listeners = new Set<(connection: LiveConnection) => void>()

  #phase: 'stopped' | 'attempting' | 'connected' | 'waiting' = 'stopped'
  /** raised by each start, stop and attempt: what belongs to an older one is ignored */
  #generation = 0
  #socket: LiveSocket | undefined
  #attempt = 0
  #everConnected = false
  #tokenRefused = false
  #pollAnswered: boolean | undefined
  #nextRetryAtMs: number | undefined
  readonly #cancelTimers = new Set<() => void>()
  #lastDataAtMs: number | undefined
  #clockOffsetMs: number | undefined
  #reason: string | undefined
  #told = ''

  constructor(deps: LiveClientDeps) {
    this.#getToken = deps.getToken
    this.#openSocket = deps.openSocket ?? socketIoOpener(deps)
    this.#timers = deps.timers ?? systemTimers
    this.#random = deps.random ?? Math.random
    this.#onError = deps.onError ?? throwApart
    this.#book = new SubscriptionBook({
      timers: this.#timers,
      onError: this.#onError,
      onSettled: () => this.#tell(),
      onTruncated: () => void this.#fetchAll(deps.fetchLatest),
    })
    this.#polling = createPollingFallback({
      fetchLatest: deps.fetchLatest,
      timers: this.#timers,
      afterMs: POLL_AFTER_MS,
      everyMs: POLL_EVERY_MS,
      onReadings: (readings) => this.#take(readings),
      onOutcome: (answered) => {
        this.#pollAnswered = answered
        this.#tell()
      },
    })
  }

  start(): void {
    if (this.#phase !== 'stopped') return
    this.#attempt = 0
    this.#everConnected = false
    this.#polling.arm()
    this.#begin()
  }

  stop(): void {
    this.#phase = 'stopped'
    this.#generation += 1
    this.#clearTimers()
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
    return {
      state: this.#state(),
      ...(this.#nextRetryAtMs !== undefined && { nextRetryAtMs: this.#nextRetryAtMs }),
      ...(this.#lastDataAtMs !== undefined && { lastDataAtMs: this.#lastDataAtMs }),
      ...(this.#clockOffsetMs !== undefined && { clockOffsetMs: this.#clockOffsetMs }),
      ...(this.#reason !== undefined && { reason: this.#reason }),
    }
  }

  onConnection(listener: (connection: LiveConnection) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  watchAll(watcher: LiveWatcher): () => void {
    return this.#watched(this.#book.watchAll(watcher))
  }

  watchDevice(deviceId: string, watcher: LiveWatcher): () => void {
    return this.#watched(this.#book.watchDevice(deviceId, watcher))
  }

  #watched(end: () => void): () => void {
    this.#tell()
    return end
  }

  #state(): LiveConnection['state'] {
    if (this.#phase === 'connected') return this.#book.settled ? 'live' : 'catchingUp'
    if (this.#pollAnswered !== undefined) return this.#pollAnswered ? 'polling' : 'offline'
    return this.#everConnected || this.#attempt > 0 ? 'reconnecting' : 'connecting'
  }

  #begin(): void {
    this.#clearTimers()
    this.#nextRetryAtMs = undefined
    this.#phase = 'attempting'
    this.#generation += 1
    this.#tell()
    void this.#connect(this.#generation)
  }

  async #connect(mine: number): Promise<void> {
    let token: string | undefined
    try {
      token = await this.#getToken({ fresh: this.#tokenRefused })
    } catch (error) {
      if (mine === this.#generation)
        this.#ended({ reason: error instanceof Error ? error.message : String(error) })
      return
    }
    if (mine !== this.#generation) return
    const only = <Args extends unknown[]>(act: (...args: Args) => void) => {
      return (...args: Args) => {
        if (mine === this.#generation) act(...args)
      }
    }
    this.#socket = this.#openSocket(token, {
      onConnect: only(() => this.#connected()),
      onEnd: only((end) => this.#ended(end)),
      onBatch: only(({ readings, positions }) => {
        this.#take(readings)
        this.#book.sentUpTo(positions)
      }),
      onStatus: only((event) => this.#book.status([event])),
      onPositions: only((positions) => this.#book.sentUpTo(positions)),
      onResync: only(() => this.#after(this.#random() * RESYNC_WITHIN_MS, () => this.#book.resync())),
      onClockOffset: only((offsetMs) => {
        this.#clockOffsetMs = offsetMs
      }),
    })
  }

  #connected(): void {
    const socket = this.#socket
    if (socket === undefined) return
    this.#phase = 'connected'
    this.#everConnected = true
    this.#tokenRefused = false
    this.#reason = undefined
    // Before anything is told: a connection without answers is catching up, not live.
    this.#book.connected(socket)
    this.#polling.disarm()
    this.#after(STABLE_MS, () => {
      this.#attempt = 0
    })
    this.#measureClock(socket)
    this.#tell()
  }

  /** The fleet is too large for the sockets' snapshot: REST has it. */
  async #fetchAll(fetchLatest: LiveClientDeps['fetchLatest']): Promise<void> {
    const mine = this.#generation
    try {
      const readings = await fetchLatest()
      if (mine === this.#generation) this.#take(readings)
    } catch {
      // What is live comes all the same; the next reconnection asks again.
    }
  }

  #measureClock(socket: LiveSocket): void {
    socket.measureClock()
    this.#after(CLOCK_EVERY_MS, () => this.#measureClock(socket))
  }

  #ended({ code, reason, retryAfterMs }: SocketEnd): void {
    this.#clearTimers()
    this.#generation += 1
    this.#socket = undefined
    this.#book.disconnected()
    this.#polling.arm()
    this.#reason = code ?? reason
    const refused = code === 'TOKEN_EXPIRED' || code === 'UNAUTHENTICATED'
    // The first refusal of a token is answered at once with a new one; a second waits its turn.
    const waitMs =
      refused && !this.#tokenRefused
        ? 0
        : Math.max(retryAfterMs ?? 0, backoffMs(this.#attempt, { ...BACKOFF, random: this.#random }))
    this.#tokenRefused = refused
    if (waitMs > 0) this.#attempt += 1
    this.#phase = 'waiting'
    this.#nextRetryAtMs = this.#timers.nowMs() + waitMs
    this.#after(waitMs, () => this.#begin())
    this.#tell()
  }

  #take(readings: readonly Reading[]): void {
    if (readings.length > 0) this.#lastDataAtMs = this.#timers.nowMs()
    this.#book.readings(readings)
  }

  #after(ms: number, run: () => void): void {
    const cancel = this.#timers.after(ms, () => {
      this.#cancelTimers.delete(cancel)
      run()
    })
    this.#cancelTimers.add(cancel)
  }

  #clearTimers(): void {
    for (const cancel of this.#cancelTimers) cancel()
    this.#cancelTimers.clear()
  }

  /** Only what a viewer would notice is told: not each batch. */
  #tell(): void {
    if (this.#phase === 'stopped') return
    const connection = this.connection()
    const summary = `${connection.state} ${connection.nextRetryAtMs} ${connection.reason}`
    if (summary === this.#told) return
    this.#told = summary
    callEach(this.#listeners, (listener) => listener(connection), this.#onError)
  }
}

function throwApart(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
