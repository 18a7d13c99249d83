import type {
  Alert,
  AlertEvent,
  ClientEvent,
  ClientEventAnswer,
  ClientEventArguments,
  Failure,
  Reading,
  ServerEvent,
  ServerEventBody,
  StatusEvent,
} from '@iot/contracts'
import type { OpenSocket } from './live-socket.js'
import type { Timers } from './timers.js'

export interface LiveClientDeps {
  /** origin of the sockets: `https://ws.example.com` */
  url: string
  /** by default `/socket.io` */
  path?: string
  /**
   * An access token; `fresh` when the last one was refused or is about to end. Undefined: try without one. May reject:
   * tried again, but for an error with `sessionEnded: true`: then nothing is tried any more until the next `start`.
   * `createRestSession` has one.
   */
  getToken: (options: { fresh: boolean }) => Promise<string | undefined>
  /** The newest reading of every sensor over REST, for when the sockets fail. `createRestSession` has one. */
  fetchLatest: () => Promise<readonly Reading[]>
  /** what a watcher threw; by default it is thrown where nothing else is disturbed */
  onError?: (error: unknown) => void
  openSocket?: OpenSocket
  timers?: Timers
  random?: () => number
}

/** What the connection is doing, in the words a page shows. */
export interface LiveConnection {
  /**
   * `connecting`: the first attempt. Then five: `catchingUp`: connected, subscriptions not answered yet · `live` ·
   * `reconnecting`: waiting for the next attempt, or in it · `polling`: the sockets fail, REST answers ·
   * `offline`: neither answers, or the session is over
   */
  state: 'connecting' | 'catchingUp' | 'live' | 'reconnecting' | 'polling' | 'offline'
  /** when the next attempt begins, ms since 1970; undefined while one is under way */
  nextRetryAtMs?: number
  /** when something last came, by this machine's clock */
  lastDataAtMs?: number
  /** server clock minus this machine's, ms; undefined until measured */
  clockOffsetMs?: number
  /** readings that were missed while there was no connection, and that this one has fetched up; undefined: none */
  missed?: number
  /** why the last attempt failed: a code of the handshake, or what the transport said */
  reason?: string
}

/** Each call is made on its own: a handler that throws stops no other. */
export interface LiveWatcher {
  /**
   * readings, oldest first: to begin with the newest of each sensor, then what comes; after a reconnection what was
   * missed, or the newest again. May repeat.
   */
  onReadings(readings: readonly Reading[]): void
  onStatus?(events: readonly StatusEvent[]): void
  /** transitions of the device’s alerts; may repeat: of one alert the higher `seq` is the newer */
  onAlerts?(events: readonly AlertEvent[]): void
  /**
   * The device is watched again after a reconnection, or after the server lost events. True: every reading that was
   * missed comes now. False: they can't be had this way (away too long, too many), and the newest of each sensor
   * comes instead; whoever shows the past asks for it anew.
   */
  onResumed?(recovered: boolean): void
  /**
   * False: the watched device has moved out of the user’s sight, or was removed, and nothing comes of it until it is
   * back. True: it is back, and goes on as after a gap (`onResumed(false)`). May repeat.
   */
  onVisibility?(visible: boolean): void
}

export interface LiveClient {
  /** Begins to connect. Never gives up by itself but when the session is over. */
  start(): void
  /** Ends everything; no handler is called afterwards. `start` begins anew. */
  stop(): void
  /** Tries at once instead of waiting for the next attempt. */
  retryNow(): void
  connection(): LiveConnection
  onConnection(listener: (connection: LiveConnection) => void): () => void
  /** The newest reading of every sensor of every device, once a second, and every status change. */
  watchAll(watcher: LiveWatcher): () => void
  /** Every reading of one device, at most every 100 ms. */
  watchDevice(deviceId: string, watcher: LiveWatcher): () => void
}

/** Each call is made on its own: a handler that throws stops no other. */
export interface AlertWatcher {
  /**
   * Transitions, oldest first; after a reconnection those that were missed. May repeat: of one alert the higher `seq` is
   * the newer.
   */
  onAlerts(events: readonly AlertEvent[]): void
  /**
   * The active alerts, the newest opening first: to begin with, and again where what was missed can’t be had. Not whole:
   * there are more, and GET /api/alerts has them.
   */
  onSnapshot?(alerts: readonly Alert[], isWhole: boolean): void
  /** Transitions were missed and won’t come. A snapshot follows. */
  onGap?(): void
}

export interface LiveAlerts {
  /**
   * Every transition of the alerts that the user may see, gathered over a fifth of a second, and alerts about the system
   * itself. Returns how to end.
   */
  watchAlerts(watcher: AlertWatcher): () => void
}

/** Everything else that passes over the sockets. */
export interface LiveEvents {
  /**
   * Listens to an event of the contract by its name, over all connections. A listener that throws stops no other.
   * Returns how to end.
   */
  on<Event extends ServerEvent>(event: Event, listener: (body: ServerEventBody<Event>) => void): () => void
  /**
   * Sends an event of the contract and resolves with what its callback gets. It never rejects: a failure has
   * `ok: false` and a code, `NOT_CONNECTED` where there is no connection and `UNANSWERED` after 10 s.
   */
  call<Event extends ClientEvent>(
    event: Event,
    ...args: ClientEventArguments<Event>
  ): Promise<ClientEventAnswer<Event> | Failure>
}

export interface IotClient extends LiveClient, LiveAlerts, LiveEvents {}
