import { type BrokerMessage, type Clock, type DeviceBroker, systemClock } from '@iot/ports'
import { type Logger, type Metrics, StartError } from '@iot/runtime'
import { atMost } from '../at-most.js'
import { createInFlightBudget } from '../in-flight-budget.js'
import { BrokerConnection, type BrokerLogin } from './broker-connection.js'
import { SessionTakenOver } from './explain-reason.js'
import { createReaderMetrics } from './reader-metrics.js'

export interface BrokerReaderOptions {
  /** mqtt://host:port or mqtts://host:port */
  readonly url: string
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** The session’s name at the broker: the same for all who may read, and after every restart. */
  readonly clientId: string
  readonly topics: readonly string[]
  /** The largest packet that devices may send. What is larger the broker drops, instead of sending it to us. */
  readonly maxPacketBytes: number
  readonly maxInFlight?: number
  readonly maxInFlightBytes?: number
  readonly connectTimeoutMs?: number
  readonly keepAliveMs?: number
  readonly log: Logger
  readonly metrics?: Metrics
  readonly clock?: Clock
}

/** What a packet may grow by on its way: its properties, and its topic where the device sent an alias for it. */
const GROWTH_BYTES = 66_000
const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 5_000
/** Who was ousted waits until it has been told that the session is not its to read, or that it is. */
const OUSTED_PAUSE_MS = 5_000
/** A connection that has lasted this long, or over which something was acknowledged, was no failure. */
const STEADY_MS = 10_000
/** Between two warnings of the same trouble. */
const WARN_EVERY_MS = 60_000

/** Reads a broker over MQTT 5: see the port. Throws a StartError for an address that can’t be read. */
export function createBrokerReader(options: BrokerReaderOptions): DeviceBroker {
  const { log, clock = systemClock } = options
  const login = readLogin(options)
  const budget = createInFlightBudget({ maxBytes: options.maxInFlightBytes ?? 8_388_608 })
  let onMessage: ((message: BrokerMessage) => Promise<void>) | undefined
  let connection: BrokerConnection | undefined
  let retry: NodeJS.Timeout | undefined
  let pauseMs = FIRST_PAUSE_MS
  let warnedAtMs = Number.NEGATIVE_INFINITY

  const isConnected = () => connection?.isReady ?? false
  const metrics = createReaderMetrics(options.metrics, {
    connected: isConnected,
    inFlight: () => budget.messages,
  })

  function connect(): void {
    const handOver = onMessage
    if (!handOver) return
    const begunMs = performance.now()
    connection = new BrokerConnection({
      login,
      budget,
      nowMs: () => clock.nowMs(),
      onMessage(message) {
        metrics.messages?.inc()
        return handOver(message)
      },
      onReady: () => {
        warnedAtMs = Number.NEGATIVE_INFINITY
        log.info({ broker: login.url.host, topics: login.topics }, 'reading the MQTT broker')
      },
      onAcknowledged: () => {
        pauseMs = FIRST_PAUSE_MS
      },
      // of whichever connection there is now: the bound counts what earlier ones have left open
      onAnswered: () => connection?.proceed(),
      onEnd: (reason) => comeBack(reason, performance.now() - begunMs),
    })
  }

  function comeBack(reason: Error, lastedMs: number): void {
    connection = undefined
    if (!onMessage) return
    metrics.disconnects?.inc()
    warn(reason)
    if (lastedMs > STEADY_MS) pauseMs = FIRST_PAUSE_MS
    const waitMs = reason instanceof SessionTakenOver ? OUSTED_PAUSE_MS : pauseMs
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
    // not all at the same moment, where several brokers’ readers lost it together
    retry = setTimeout(connect, waitMs * (0.75 + Math.random() / 2))
  }

  function warn(reason: Error): void {
    const nowMs = performance.now()
    const isNews = nowMs - warnedAtMs > WARN_EVERY_MS
    if (isNews) warnedAtMs = nowMs
    const facts = { err: reason, broker: login.url.host, inFlight: budget.messages }
    log[isNews ? 'warn' : 'debug'](facts, 'the MQTT broker is not read; trying again')
  }

  return {
    async open(handOver) {
      if (onMessage) throw new Error('the reader is open already')
      onMessage = handOver
      pauseMs = FIRST_PAUSE_MS
      connect()
    },
    async close(drainMs) {
      if (!onMessage) return
      onMessage = undefined
      clearTimeout(retry)
      const leaving = connection
      if (!leaving) return
      leaving.drain()
      await atMost(budget.idle(), drainMs)
      if (budget.messages > 0)
        log.warn({ messages: budget.messages }, 'messages left unacknowledged at the broker')
      leaving.leave()
    },
    connected: isConnected,
    inFlight: () => budget.messages,
  }
}

function readLogin(options: BrokerReaderOptions): BrokerLogin {
  if (!URL.canParse(options.url)) {
    throw new StartError(
      'MQTT_BROKER_URL can’t be read: it is mqtt://host:port, or mqtts://host:port for TLS',
    )
  }
  const url = new URL(options.url)
  const { clientId, topics } = options
  return {
    url,
    clientId,
    topics,
    maxPacketBytes: options.maxPacketBytes + GROWTH_BYTES,
    username: options.username ?? (url.username === '' ? undefined : decodeURIComponent(url.username)),
    password: options.password ?? (url.password === '' ? undefined : decodeURIComponent(url.password)),
    maxInFlight: options.maxInFlight ?? 256,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    keepAliveMs: options.keepAliveMs ?? 20_000,
  }
}
