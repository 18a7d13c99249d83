import type {
  AlertBatch,
  AlertEvent,
  AuthExpired,
  HandshakeRefusal,
  Positions,
  SensorBatch,
  StatusEvent,
  SubscribeOptions,
} from '@iot/contracts'
import { io } from 'socket.io-client'
import type {
  AlertsAnswer,
  CallAnswer,
  LiveSocket,
  LiveSocketEvents,
  OpenSocket,
  SubscribeAnswer,
} from './live-socket.js'

const CONNECT_WITHIN_MS = 10_000
const ANSWER_WITHIN_MS = 10_000

/** Opens connections with socket.io: websocket first, polling where that is refused. */
export function socketIoOpener({ url, path = '/socket.io' }: { url: string; path?: string }): OpenSocket {
  return (token, events) => open({ url, path, token, events })
}

interface OpenRequest {
  url: string
  path: string
  token: string | undefined
  events: LiveSocketEvents
}

function open({ url, path, token, events }: OpenRequest): LiveSocket {
  const socket = io(url, {
    path,
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    auth: token === undefined ? {} : { token },
    // Attempts are the machine's own: one that can be tested, and that asks for a new token in between.
    reconnection: false,
    forceNew: true,
    timeout: CONNECT_WITHIN_MS,
    withCredentials: true,
  })
  let ended = false
  let askedAtMs = 0
  /** what the server said of the session's end before it closed */
  let farewell: AuthExpired | undefined

  function end(reason: string, refusal?: Partial<HandshakeRefusal>): void {
    if (ended) return
    ended = true
    socket.disconnect()
    socket.removeAllListeners()
    socket.offAny()
    events.onEnd({
      reason,
      ...(refusal?.code !== undefined && { code: refusal.code }),
      ...(refusal?.retryAfterMs !== undefined && { retryAfterMs: refusal.retryAfterMs }),
    })
  }

  socket.on('connect', () => events.onConnect())
  socket.on('connect_error', (error: Error & { data?: Partial<HandshakeRefusal> }) =>
    end(error.message, error.data),
  )
  socket.on('disconnect', (reason) =>
    farewell ? end(farewell.reason, { code: 'TOKEN_EXPIRED' }) : end(reason),
  )
  socket.on('auth:expired', (body: AuthExpired) => {
    farewell = body
  })
  socket.onAny((event: string, body: unknown) => events.onEvent(event, body))
  socket.on('sensor:batch', (batch: SensorBatch) => events.onBatch(batch))
  socket.on('device:status', (event: StatusEvent) => events.onStatus(event))
  socket.on('device:all', (event: StatusEvent) => events.onStatus(event))
  socket.on('alert:batch', (batch: AlertBatch) => events.onAlertBatch(batch))
  socket.on('alert:device', (event: AlertEvent) => events.onDeviceAlert(event))
  socket.on('positions', (positions: Positions) => events.onPositions(positions))
  socket.on('resync', () => events.onResync())
  socket.on('pong', (answer: { serverTime: string }) => {
    const roundTripMs = Date.now() - askedAtMs
    events.onClockOffset(Date.parse(answer.serverTime) + roundTripMs / 2 - Date.now())
  })

  /** Not by promise: what follows on the answer would be told before it. */
  function ask<Answer>(onAnswer: (answer: Answer) => void, event: string, ...args: unknown[]): void {
    socket
      .timeout(ANSWER_WITHIN_MS)
      .emit(event, ...args, (error: Error | null, answer: Answer) =>
        onAnswer(error ? (unanswered(error) as Answer) : answer),
      )
  }

  return {
    subscribeAll: (options: SubscribeOptions, onAnswer) =>
      ask<SubscribeAnswer>(onAnswer, 'subscribe-all-devices', options),
    subscribeDevice: (deviceId, options, onAnswer) => ask(onAnswer, 'subscribe:device', deviceId, options),
    subscribeAlerts: (options, onAnswer) => ask<AlertsAnswer>(onAnswer, 'subscribe-alerts', options),
    unsubscribeAll: () => void socket.emit('unsubscribe-all-devices'),
    unsubscribeDevice: (deviceId) => void socket.emit('unsubscribe:device', deviceId),
    unsubscribeAlerts: () => void socket.emit('unsubscribe-alerts'),
    call: (event, args, onAnswer) => ask<CallAnswer>(onAnswer, event, ...args),
    measureClock() {
      askedAtMs = Date.now()
      socket.emit('ping')
    },
    close() {
      if (ended) return
      ended = true
      socket.removeAllListeners()
      socket.offAny()
      socket.disconnect()
    },
  }
}

function unanswered(error: Error) {
  return { ok: false, code: 'UNANSWERED', message: error.message }
}
