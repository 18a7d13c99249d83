import type {
  AlertBatch,
  AlertEvent,
  AlertsSubscribed,
  ClientEvent,
  Positions,
  SensorBatch,
  StatusEvent,
  SubscribeAlertsOptions,
  Subscribed,
  SubscribeOptions,
} from '@iot/contracts'

/** What the server answers to a subscribe. */
export type SubscribeAnswer = Subscribed | Refused
export type AlertsAnswer = AlertsSubscribed | Refused
type Refused = { ok: false; code: string; message: string; retryAfterMs?: number }

/** The answer of any event: what is in it depends on the event. */
export type CallAnswer = { ok: boolean; [field: string]: unknown }

export type OnAnswer = (answer: SubscribeAnswer) => void
export type OnAlertsAnswer = (answer: AlertsAnswer) => void

/** Why an attempt or a connection ended: a code of the handshake where the server gave one. */
export interface SocketEnd {
  code?: string
  reason: string
  retryAfterMs?: number
}

export interface LiveSocketEvents {
  onConnect(): void
  /** The attempt failed or the connection ended; called once, and nothing is called afterwards. */
  onEnd(end: SocketEnd): void
  onBatch(batch: SensorBatch): void
  onStatus(event: StatusEvent): void
  onAlertBatch(batch: AlertBatch): void
  onDeviceAlert(event: AlertEvent): void
  /** All up to here was sent. */
  onPositions(positions: Positions): void
  /** The server lost events on their way: what is shown may have a hole. */
  onResync(): void
  /** Every event by its name, those above too. */
  onEvent(event: string, body: unknown): void
  /** server clock minus this machine's, ms */
  onClockOffset(offsetMs: number): void
}

/** One connection, from its attempt to its end. It never reconnects by itself. */
export interface LiveSocket {
  /** The answer is told before anything that the server sent behind it. */
  subscribeAll(options: SubscribeOptions, onAnswer: OnAnswer): void
  subscribeDevice(deviceId: string, options: SubscribeOptions, onAnswer: OnAnswer): void
  subscribeAlerts(options: SubscribeAlertsOptions, onAnswer: OnAlertsAnswer): void
  unsubscribeAll(): void
  unsubscribeDevice(deviceId: string): void
  unsubscribeAlerts(): void
  /** Any event; the answer is told as it came. */
  call(event: ClientEvent, args: readonly unknown[], onAnswer: (answer: CallAnswer) => void): void
  /** Asks the server for its time; the answer comes as `onClockOffset`. */
  measureClock(): void
  close(): void
}

export type OpenSocket = (token: string | undefined, events: LiveSocketEvents) => LiveSocket
