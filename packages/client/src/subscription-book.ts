import type {
  AlertEvent,
  DeviceVisibility,
  Positions,
  Reading,
  StatusEvent,
  SubscribeAlertsOptions,
  SubscribeOptions,
} from '@iot/contracts'
import { callEach } from './call-each.js'
import type { AlertWatcher, LiveWatcher } from './live-client.js'
import type { AlertsAnswer, LiveSocket, SubscribeAnswer } from './live-socket.js'
import type { Timers } from './timers.js'
import { Whereabouts } from './whereabouts.js'

/** Overviews: the newest per sensor, once a second. */
const ALL_OPTIONS: SubscribeOptions = { batch: { everyMs: 1_000, latest: true } }
/** A device's own page: everything, as often as the eye can tell. */
const DEVICE_OPTIONS: SubscribeOptions = { batch: { everyMs: 100 } }
/** Alerts: soon, and in few frames when they come by the hundred. */
const ALERT_OPTIONS: SubscribeAlertsOptions = { batch: { everyMs: 200 } }
/** What no device id can be. */
const ALERTS = '*alerts'

/** Refusals that may be otherwise next time. The others (no such device, not allowed) stand until reconnection. */
const WORTH_RETRYING = new Set(['UNANSWERED', 'RATE_LIMITED', 'UNAVAILABLE', 'INTERNAL'])
const RETRY_MS = 2_000

export interface SubscriptionBookDeps {
  timers: Timers
  onError: (error: unknown) => void
  /** every subscription of this connection has been answered */
  onSettled: () => void
  /** there is more than the snapshot of all devices may hold: it is empty */
  onTruncated: () => void
}

/** Who watches what. On every connection the book makes the subscriptions anew. */
export class SubscriptionBook {
  readonly #deps: SubscriptionBookDeps
  readonly #all = new Set<LiveWatcher>()
  readonly #devices = new Map<string, Set<LiveWatcher>>()
  /** those that can't be seen at present */
  readonly #hidden = new Set<string>()
  readonly #alerts = new Set<AlertWatcher>()
  #socket: LiveSocket | undefined
  readonly #whereabouts = new Whereabouts()
  /** watchers that have begun with a snapshot */
  readonly #begun = new WeakSet<LiveWatcher | AlertWatcher>()
  #unanswered = 0
  #missed = 0

  constructor(deps: SubscriptionBookDeps) {
    this.#deps = deps
  }

  get settled(): boolean {
    return this.#unanswered === 0
  }

  /** Readings that came, or come, because they were missed before this connection. */
  get missed(): number {
    return this.#missed
  }

  connected(socket: LiveSocket): void {
    this.#socket = socket
    this.#unanswered = 0
    this.#missed = 0
    this.#whereabouts.connected()
    if (this.#all.size > 0) this.#subscribeAll(socket)
    for (const deviceId of this.#devices.keys()) {
      this.#subscribeDevice(socket, deviceId, this.#whereabouts.since(deviceId))
    }
    if (this.#alerts.size > 0) this.#subscribeAlerts(socket, this.#whereabouts.since(ALERTS))
    if (this.settled) this.#deps.onSettled()
  }

  /** All up to here has come, for what was subscribed when it was sent. */
  sentUpTo(positions: Positions): void {
    if (this.settled) this.#whereabouts.moveTo(positions)
  }

  /** Begins everything anew, with snapshots. */
  resync(): void {
    const socket = this.#socket
    if (socket === undefined) return
    if (this.#all.size > 0) this.#subscribeAll(socket)
    for (const [deviceId, watchers] of this.#devices) {
      callEach(watchers, (watcher) => watcher.onResumed?.(false), this.#deps.onError)
      this.#subscribeDevice(socket, deviceId)
    }
    if (this.#alerts.size === 0) return
    callEach(this.#alerts, (watcher) => watcher.onGap?.(), this.#deps.onError)
    this.#subscribeAlerts(socket)
  }

  disconnected(): void {
    this.#socket = undefined
    this.#unanswered = 0
  }

  watchAll(watcher: LiveWatcher): () => void {
    this.#all.add(watcher)
    if (this.#all.size === 1 && this.#socket !== undefined) this.#subscribeAll(this.#socket)
    return () => {
      if (this.#all.delete(watcher) && this.#all.size === 0) this.#socket?.unsubscribeAll()
    }
  }

  watchDevice(deviceId: string, watcher: LiveWatcher): () => void {
    const watchers = this.#devices.get(deviceId) ?? new Set()
    this.#devices.set(deviceId, watchers.add(watcher))
    // A second watcher asks again: the answer is the snapshot that it begins with.
    if (this.#socket !== undefined) this.#subscribeDevice(this.#socket, deviceId)
    return () => {
      if (!watchers.delete(watcher) || watchers.size > 0 || this.#devices.get(deviceId) !== watchers) return
      this.#devices.delete(deviceId)
      this.#hidden.delete(deviceId)
      this.#whereabouts.forget(deviceId)
      this.#socket?.unsubscribeDevice(deviceId)
    }
  }

  watchAlerts(watcher: AlertWatcher): () => void {
    this.#alerts.add(watcher)
    // A second watcher asks again: the answer is the snapshot that it begins with.
    if (this.#socket !== undefined) this.#subscribeAlerts(this.#socket)
    return () => {
      if (!this.#alerts.delete(watcher) || this.#alerts.size > 0) return
      this.#whereabouts.forget(ALERTS)
      this.#socket?.unsubscribeAlerts()
    }
  }

  /** A watched device has gone out of sight, or is back: then it begins anew, as what happened meanwhile is not sent. */
  visibility({ deviceId, visible }: DeviceVisibility): void {
    if (!this.#devices.has(deviceId)) return
    if (!visible) this.#hide(deviceId)
    else if (this.#socket !== undefined) this.#subscribeDevice(this.#socket, deviceId)
  }

  #hide(deviceId: string): void {
    this.#hidden.add(deviceId)
    this.#whereabouts.forget(deviceId)
    this.#tellDevice(deviceId, (watcher) => watcher.onVisibility?.(false))
  }

  alerts(events: readonly AlertEvent[]): void {
    if (events.length === 0) return
    callEach(this.#alerts, (watcher) => watcher.onAlerts(events), this.#deps.onError)
  }

  deviceAlert(event: AlertEvent): void {
    this.#tellDevice(event.deviceId ?? '', (watcher) => watcher.onAlerts?.([event]))
  }

  #tellDevice(deviceId: string, tell: (watcher: LiveWatcher) => void): void {
    callEach(this.#devices.get(deviceId) ?? [], tell, this.#deps.onError)
  }

  /** To those who watch everything, and to those who watch the readings' devices. */
  readings(readings: readonly Reading[]): void {
    if (readings.length === 0) return
    callEach(this.#all, (watcher) => watcher.onReadings(readings), this.#deps.onError)
    for (const [deviceId, watchers] of this.#devices) {
      const own = readings.filter((reading) => reading.deviceId === deviceId)
      if (own.length > 0) callEach(watchers, (watcher) => watcher.onReadings(own), this.#deps.onError)
    }
  }

  status(events: readonly StatusEvent[]): void {
    if (events.length === 0) return
    callEach(this.#all, (watcher) => watcher.onStatus?.(events), this.#deps.onError)
    for (const [deviceId, watchers] of this.#devices) {
      const own = events.filter((event) => event.deviceId === deviceId)
      if (own.length > 0) callEach(watchers, (watcher) => watcher.onStatus?.(own), this.#deps.onError)
    }
  }

  #subscribeAll(socket: LiveSocket): void {
    this.#subscribe<SubscribeAnswer>(socket, {
      ask: (onAnswer) => socket.subscribeAll(ALL_OPTIONS, onAnswer),
      wanted: () => this.#all.size > 0,
      take: (answer) => {
        if (answer.truncated) this.#deps.onTruncated()
        this.status(answer.status)
        this.readings(answer.latest)
      },
    })
  }

  #subscribeDevice(socket: LiveSocket, deviceId: string, since?: Positions): void {
    this.#subscribe<SubscribeAnswer>(socket, {
      ask: (onAnswer) =>
        socket.subscribeDevice(deviceId, { ...DEVICE_OPTIONS, ...(since && { since }) }, onAnswer),
      wanted: () => this.#devices.has(deviceId),
      take: (answer) => this.#takeDevice(deviceId, since !== undefined, answer),
      refused: (code) => {
        if (code === 'NOT_FOUND' && this.#devices.has(deviceId)) this.#hide(deviceId)
      },
    })
  }

  /** Who has the past and gets all that followed it needs no snapshot: it would come before what is older. */
  #takeDevice(deviceId: string, isReturn: boolean, answer: Granted<SubscribeAnswer>): void {
    const watchers = this.#devices.get(deviceId) ?? new Set()
    this.#whereabouts.answered(deviceId, answer.recovered)
    this.#missed += answer.missed ?? 0
    const isBack = this.#hidden.delete(deviceId)
    if (isBack) this.#tellDevice(deviceId, (watcher) => watcher.onVisibility?.(true))
    if (isReturn || isBack) {
      const returned = [...watchers].filter((watcher) => this.#begun.has(watcher))
      callEach(returned, (watcher) => watcher.onResumed?.(answer.recovered), this.#deps.onError)
    }
    if (!answer.recovered) {
      this.status(answer.status)
      this.readings(answer.latest)
    } else {
      const fresh = [...watchers].filter((watcher) => !this.#begun.has(watcher))
      callEach(fresh, (watcher) => watcher.onStatus?.(answer.status), this.#deps.onError)
      callEach(fresh, (watcher) => watcher.onReadings(answer.latest), this.#deps.onError)
    }
    for (const watcher of watchers) this.#begun.add(watcher)
  }

  #subscribeAlerts(socket: LiveSocket, since?: Positions): void {
    this.#subscribe<AlertsAnswer>(socket, {
      ask: (onAnswer) => socket.subscribeAlerts({ ...ALERT_OPTIONS, ...(since && { since }) }, onAnswer),
      wanted: () => this.#alerts.size > 0,
      take: (answer) => this.#takeAlerts(since !== undefined, answer),
    })
  }

  #takeAlerts(isReturn: boolean, { recovered, alerts, truncated }: Granted<AlertsAnswer>): void {
    this.#whereabouts.answered(ALERTS, recovered)
    const watchers = [...this.#alerts]
    if (isReturn && !recovered) {
      const returned = watchers.filter((watcher) => this.#begun.has(watcher))
      callEach(returned, (watcher) => watcher.onGap?.(), this.#deps.onError)
    }
    const beginning = recovered ? watchers.filter((watcher) => !this.#begun.has(watcher)) : watchers
    callEach(beginning, (watcher) => watcher.onSnapshot?.(alerts, !truncated), this.#deps.onError)
    for (const watcher of watchers) this.#begun.add(watcher)
  }

  #subscribe<Answer extends SubscribeAnswer | AlertsAnswer>(
    socket: LiveSocket,
    request: Request<Answer>,
  ): void {
    this.#unanswered += 1
    request.ask((answer) => {
      if (this.#socket !== socket) return
      // Before it counts as answered: a snapshot is of the past, and must not be taken for live.
      if (answer.ok) {
        this.#whereabouts.offer(answer.positions)
        if (request.wanted()) request.take(answer as Granted<Answer>)
      } else if (!WORTH_RETRYING.has(answer.code)) {
        request.refused?.(answer.code)
      } else {
        this.#deps.timers.after(answer.retryAfterMs ?? RETRY_MS, () => {
          if (this.#socket === socket && request.wanted()) this.#subscribe(socket, request)
        })
      }
      this.#unanswered -= 1
      if (!this.settled) return
      this.#whereabouts.settled()
      this.#deps.onSettled()
    })
  }
}

type Granted<Answer> = Extract<Answer, { ok: true }>

interface Request<Answer> {
  ask: (onAnswer: (answer: Answer) => void) => void
  /** somebody still watches */
  wanted: () => boolean
  take: (answer: Granted<Answer>) => void
  /** for good, as far as this connection goes */
  refused?: (code: string) => void
}
