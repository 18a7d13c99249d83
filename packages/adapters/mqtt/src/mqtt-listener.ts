import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Clock, DeviceDoor, DeviceIdentity, DoorKeeper } from '@iot/ports'
import { type Logger, type Metrics, peerAddress, readTrustedProxies } from '@iot/runtime'
import type { Aedes } from 'aedes'
import { atMost } from './at-most.js'
import { BoundedSessions } from './bounded-sessions.js'
import { createDeviceBroker } from './device-broker.js'
import { type ConnectionLimits, DeviceConnection, type TakeMessage } from './device-connection.js'
import { createInFlightBudget } from './in-flight-budget.js'
import { Interests } from './interests.js'
import { listen } from './listen.js'
import { type ProxyFault, readProxyLine } from './read-proxy-line.js'
import { createSeldom } from './seldom.js'
import { createTakeMessage } from './take-message.js'
import type { Gather } from './unread-chunks.js'

export interface MqttListenerOptions extends ConnectionLimits {
  readonly host: string
  /** 0: any free port */
  readonly port: number
  readonly maxConnections: number
  /** bytes of all messages taken and not answered; beyond it no socket is read */
  readonly maxInFlightBytes: number
  readonly connectTimeoutMs: number
  /**
   * Addresses and networks of proxies, between commas: their connections begin with a PROXY line (version 1), and
   * the address in it is the device’s. From everybody else such a line is no MQTT.
   */
  readonly trustedProxies?: string
  readonly log: Logger
  readonly metrics?: Metrics
  readonly clock?: Clock
}

/** What a connection needs of its keeper. */
interface Keeping {
  readonly takeMessage: TakeMessage
  readonly gather: Gather | undefined
}

const SESSION_BOUNDS = { maxSessions: 20_000, maxQueued: 100, maxReceived: 1_000 }
const LIFE_CHECK_MS = 1_000
/** Between two warnings about a proxy. */
const WARN_EVERY_MS = 10_000
/** How long a closed connection may take to get its last bytes out when the door closes. */
const FAREWELL_MS = 250

/**
 * The device door over MQTT 3.1.1. Memory is bounded by `maxInFlightBytes` and, per connection, by the packets
 * that wait unread (64 KiB and what one read of the socket brings) and what waits for a slow reader (256 KiB). Messages that
 * wait to be gathered are fewer than the keeper takes at once, each of one read of a socket.
 */
export function createMqttListener(options: MqttListenerOptions): DeviceDoor {
  const { log } = options
  const isProxy = readTrustedProxies(options.trustedProxies ?? '', 'MQTT_TRUST_PROXY')
  const proxyWarning = createSeldom({ everyMs: WARN_EVERY_MS })
  const budget = createInFlightBudget({ maxBytes: options.maxInFlightBytes })
  const connections = new Set<DeviceConnection>()
  const interests = new Interests()
  /** outlive their connections by the time that the last bytes take */
  const sockets = new Set<Socket>()
  let open: { server: Server; broker: Aedes; port: number; lifeCheck: NodeJS.Timeout } | undefined
  let closing = false

  function receive(socket: Socket, broker: Aedes, keeping: Keeping): void {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    const peer = peerAddress(socket.remoteAddress)
    if (!isProxy(peer)) {
      welcome(socket, broker, keeping)
      return
    }
    socket.on('error', () => socket.destroy())
    readProxyLine({
      socket,
      timeoutMs: options.connectTimeoutMs,
      onAddress: (address) => welcome(socket, broker, keeping, address),
      onFault(fault) {
        warnOfProxy(fault, peer)
        socket.destroy()
      },
    })
  }

  function warnOfProxy(fault: ProxyFault, peer: string): void {
    // a health check, or a device that has left
    if (fault === 'closed') return
    const connections = proxyWarning()
    if (connections === undefined) return
    log.warn(
      { address: peer, connections, fault },
      'a trusted proxy does not say whom it speaks for: let it send the PROXY protocol in version 1 (HAProxy: send-proxy), or take it out of MQTT_TRUST_PROXY',
    )
  }

  function welcome(socket: Socket, broker: Aedes, keeping: Keeping, address?: string): void {
    const { clock } = options
    const connection = new DeviceConnection({ socket, limits: options, budget, clock, address, ...keeping })
    connections.add(connection)
    connection.once('close', () => {
      connections.delete(connection)
      interests.forget(connection)
    })
    broker.handle(connection)
  }

  function checkLives(): void {
    const nowMs = performance.now()
    for (const connection of connections) connection.checkLife(nowMs)
  }

  async function openDoor(keeper: DoorKeeper): Promise<void> {
    const sessions = new BoundedSessions(SESSION_BOUNDS, (clientId) => interests.forget(clientId))
    const { connectTimeoutMs } = options
    const keeping: Keeping = {
      takeMessage: createTakeMessage({ keeper, interests }),
      gather: keeper.gather && ((work) => keeper.gather!(work)),
    }
    const broker = await createDeviceBroker({
      keeper,
      sessions,
      interests,
      connectTimeoutMs,
      log,
      isClosing: () => closing,
    })
    const server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
    })
    server.maxConnections = options.maxConnections
    server.on('connection', (socket) => receive(socket, broker, keeping))
    server.on('drop', () => log.debug({ maxConnections: options.maxConnections }, 'too many connections'))
    try {
      const port = await listen(server, options)
      server.on('error', (error) => log.error({ err: error }, 'MQTT server error'))
      open = { server, broker, port, lifeCheck: setInterval(checkLives, LIFE_CHECK_MS) }
    } catch (error) {
      await closeBroker(broker)
      throw error
    }
    log.info({ host: options.host, port: open.port }, 'listening for MQTT')
  }

  async function closeDoor(drainMs: number): Promise<void> {
    if (!open || closing) return
    closing = true
    const { server, broker, lifeCheck } = open
    clearInterval(lifeCheck)
    const closed = once(server, 'close')
    server.close()
    for (const connection of connections) connection.drain()
    await atMost(budget.idle(), drainMs)
    // the broker corks what it writes until the next tick: the last acknowledgements are still to go out
    await new Promise((resolve) => setImmediate(resolve))
    if (budget.messages > 0) log.warn({ messages: budget.messages }, 'messages left unacknowledged')
    await closeBroker(broker)
    for (const connection of connections) connection.destroy()
    await atMost(closed, FAREWELL_MS)
    for (const socket of sockets) socket.destroy()
    await closed
  }

  function identities(): DeviceIdentity[] {
    return [...connections].flatMap(({ session }) => (session ? [session.identity] : []))
  }

  function disconnect(isOver: (identity: DeviceIdentity) => boolean): number {
    let ended = 0
    for (const connection of [...connections]) {
      if (!connection.session || !isOver(connection.session.identity)) continue
      // nobody stands behind it any more: neither what is being read nor its last will is taken
      connection.session = undefined
      connection.destroy(new Error('let in no more'))
      ended += 1
    }
    return ended
  }

  options.metrics?.gauge({
    name: 'iot_mqtt_connections',
    help: 'MQTT connections that are open.',
    collect: () => connections.size,
  })
  options.metrics?.gauge({
    name: 'iot_mqtt_in_flight_messages',
    help: 'MQTT messages taken and not yet acknowledged.',
    collect: () => budget.messages,
  })
  options.metrics?.gauge({
    name: 'iot_mqtt_in_flight_bytes',
    help: 'Bytes of MQTT messages taken and not yet acknowledged.',
    collect: () => budget.bytes,
  })

  return {
    open: openDoor,
    get port() {
      return open?.port ?? options.port
    },
    close: closeDoor,
    connections: () => connections.size,
    identities,
    disconnect,
    inFlight: () => budget.messages,
  }
}

function closeBroker(broker: Aedes): Promise<void> {
  return new Promise((resolve) => broker.close(resolve))
}
