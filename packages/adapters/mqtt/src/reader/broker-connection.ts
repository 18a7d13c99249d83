import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { BrokerMessage } from '@iot/ports'
import mqttPacket, {
  type IConnackPacket,
  type IPublishPacket,
  type ISubackPacket,
  type Packet,
} from 'mqtt-packet'
import { type Acknowledgements, createAcknowledgements } from '../acknowledgements.js'
import { createFrameSplitter, type FrameSplitter } from '../frame-splitter.js'
import type { InFlightBudget } from '../in-flight-budget.js'
import { createPubackBatch } from '../puback-batch.js'
import { explainConnack, explainDisconnect, explainSuback } from './explain-reason.js'

export interface BrokerLogin {
  readonly url: URL
  readonly clientId: string
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly topics: readonly string[]
  readonly maxPacketBytes: number
  /** messages handed over and not settled, over all connections */
  readonly maxInFlight: number
  readonly connectTimeoutMs: number
  readonly keepAliveMs: number
}

export interface BrokerConnectionDeps {
  readonly login: BrokerLogin
  readonly budget: InFlightBudget
  nowMs(): number
  onMessage(message: BrokerMessage): Promise<void>
  /** The subscriptions stand. */
  onReady(): void
  /** A message has had its acknowledgement. */
  onAcknowledged(): void
  /** Messages were settled: there may be room. */
  onAnswered(): void
  /** Called once. */
  onEnd(reason: Error): void
}

const VERSION = { protocolVersion: 5 } as const
/** The broker never forgets the session by itself; its own settings say how long it keeps one. */
const SESSION_FOREVER_S = 0xffffffff
const SUBSCRIBE_ID = 1
const PUBLISH = 3
const PUBREC = 0x50
const PUBCOMP = 0x70
const PINGREQ = Buffer.from([0xc0, 0x00])
/** How long the last acknowledgements may take to get out. */
const LINGER_MS = 1_000

/**
 * One connection to the broker, from CONNECT to its end. Everything that belongs to it dies with it: what is
 * settled after its end is acknowledged nowhere. While there is no room, messages wait and the socket is not read;
 * our pings go on, and the broker’s silence is not held against it, since we are the ones who don’t listen.
 */
export class BrokerConnection {
  readonly #deps: BrokerConnectionDeps
  readonly #socket: Socket
  readonly #splitter: FrameSplitter
  readonly #parser = mqttPacket.parser(VERSION)
  readonly #acknowledgements: Acknowledgements
  readonly #pubacks = createPubackBatch((bytes) => this.#write(bytes))
  readonly #backlog: Buffer[] = []
  readonly #deadline: NodeJS.Timeout
  #pings: NodeJS.Timeout | undefined
  #heardAtMs = performance.now()
  #state: 'connecting' | 'ready' | 'draining' | 'ended' = 'connecting'

  constructor(deps: BrokerConnectionDeps) {
    this.#deps = deps
    const { login, budget } = deps
    this.#splitter = createFrameSplitter(login)
    this.#acknowledgements = createAcknowledgements({ budget, onAnswered: () => deps.onAnswered() })
    this.#parser.on('packet', (packet) => this.#handle(packet))
    this.#parser.on('error', (error) => this.end(new Error(`the broker sent no MQTT: ${error.message}`)))
    this.#deadline = setTimeout(
      () => this.end(new Error(`no answer from the broker within ${login.connectTimeoutMs} ms`)),
      login.connectTimeoutMs,
    )
    this.#socket = openSocket(login.url, () => this.#greet())
    this.#socket
      .on('data', (chunk: Buffer) => this.#receive(chunk))
      .on('error', (error) => this.end(error))
      .on('close', () => this.end(new Error('the broker has closed the connection')))
  }

  get isReady(): boolean {
    return this.#state === 'ready'
  }

  /** Hands over what waits, as far as there is room, and reads the socket or not. */
  proceed(): void {
    if (this.#state === 'draining' || this.#state === 'ended') return
    while (this.#backlog.length > 0 && this.#hasRoom()) this.#parse(this.#backlog.shift()!)
    if (this.#backlog.length > 0) {
      this.#socket.pause()
    } else if (this.#socket.isPaused()) {
      this.#heardAtMs = performance.now()
      this.#socket.resume()
    }
  }

  /** Takes no more messages; what is in flight is still acknowledged. */
  drain(): void {
    if (this.#state === 'ended') return
    this.#state = 'draining'
    this.#backlog.length = 0
    this.#socket.pause()
  }

  /** Says goodbye, which keeps the session, and ends. */
  leave(): void {
    this.#pubacks.flush()
    if (this.#state !== 'ended') this.#send({ cmd: 'disconnect', reasonCode: 0 })
    this.end(new Error('the reader is closed'))
  }

  end(reason: Error): void {
    if (this.#state === 'ended') return
    this.#pubacks.flush()
    this.#state = 'ended'
    clearTimeout(this.#deadline)
    clearInterval(this.#pings)
    this.#backlog.length = 0
    this.#socket.removeAllListeners('data')
    this.#socket.setTimeout(LINGER_MS, () => this.#socket.destroy())
    this.#socket.destroySoon()
    this.#deps.onEnd(reason)
  }

  #greet(): void {
    const { clientId, username, password, keepAliveMs, maxInFlight, maxPacketBytes } = this.#deps.login
    this.#socket.setNoDelay(true)
    this.#send({
      cmd: 'connect',
      protocolId: 'MQTT',
      ...VERSION,
      clean: false,
      clientId,
      keepalive: Math.ceil(keepAliveMs / 1_000),
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password: Buffer.from(password) }),
      properties: {
        sessionExpiryInterval: SESSION_FOREVER_S,
        receiveMaximum: maxInFlight,
        maximumPacketSize: maxPacketBytes,
      },
    })
  }

  #receive(chunk: Buffer): void {
    this.#heardAtMs = performance.now()
    try {
      this.#splitter.push(chunk, (frame) => this.#take(frame))
    } catch (error) {
      this.end(error as Error)
      return
    }
    this.proceed()
  }

  #take(frame: Buffer): void {
    if (this.#state === 'ended' || this.#state === 'draining') return
    const waits = frame[0]! >> 4 === PUBLISH && (this.#backlog.length > 0 || !this.#hasRoom())
    if (waits) this.#backlog.push(frame)
    else this.#parse(frame)
  }

  #hasRoom(): boolean {
    const { budget, login } = this.#deps
    return budget.messages < login.maxInFlight && !budget.full
  }

  #parse(frame: Buffer): void {
    if (this.#state !== 'ended') this.#parser.parse(frame)
  }

  #handle(packet: Packet): void {
    switch (packet.cmd) {
      case 'connack':
        this.#welcomed(packet)
        break
      case 'suback':
        this.#subscribed(packet)
        break
      case 'publish':
        this.#handOver(packet)
        break
      case 'pubrel':
        this.#write(acknowledgement(PUBCOMP, packet.messageId!))
        break
      case 'disconnect':
        this.end(explainDisconnect(packet.reasonCode))
        break
      case 'pingresp':
        break
      default:
        this.end(new Error(`the broker sent ${packet.cmd}, which is not for a client`))
    }
  }

  #welcomed({ reasonCode, returnCode }: IConnackPacket): void {
    const code = reasonCode ?? returnCode ?? 0
    if (code !== 0) {
      this.end(explainConnack(code))
      return
    }
    const { topics, keepAliveMs } = this.#deps.login
    this.#pings = setInterval(() => this.#ping(), keepAliveMs / 2)
    // What is retained is shown to a new subscription alone: a status has no time of its own, and would be
    // today’s news after each reconnect.
    const subscriptions = topics.map((topic) => ({ topic, qos: 1 as const, nl: false, rap: false, rh: 1 }))
    this.#send({ cmd: 'subscribe', messageId: SUBSCRIBE_ID, subscriptions })
  }

  #subscribed({ granted }: ISubackPacket): void {
    const refused = this.#deps.login.topics.filter((_, at) => Number(granted[at] ?? 0x80) >= 0x80)
    if (refused.length > 0) {
      this.end(explainSuback(refused))
      return
    }
    clearTimeout(this.#deadline)
    if (this.#state === 'connecting') this.#state = 'ready'
    this.#deps.onReady()
  }

  #handOver({ topic, payload, qos, messageId }: IPublishPacket): void {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
    const work = this.#deps.onMessage({ topic, payload: bytes, receivedAtMs: this.#deps.nowMs() })
    this.#acknowledgements.add(work, bytes.length + topic.length, (error) => {
      if (this.#state === 'ended') return
      if (error) this.end(new Error('a message could not be taken', { cause: error }))
      else if (qos > 0) this.#acknowledge(qos, messageId!)
    })
  }

  #acknowledge(qos: number, messageId: number): void {
    this.#deps.onAcknowledged()
    if (qos === 1) {
      this.#pubacks.add(messageId)
      return
    }
    this.#pubacks.flush()
    this.#write(acknowledgement(PUBREC, messageId))
  }

  #ping(): void {
    const silentMs = performance.now() - this.#heardAtMs
    if (!this.#socket.isPaused() && silentMs > 1.5 * this.#deps.login.keepAliveMs) {
      this.end(new Error('the broker does not answer pings'))
    } else {
      this.#write(PINGREQ)
    }
  }

  #send(packet: Packet): void {
    this.#write(mqttPacket.generate(packet, VERSION))
  }

  #write(bytes: Buffer): void {
    if (this.#state !== 'ended' && this.#socket.writable) this.#socket.write(bytes)
  }
}

function openSocket(url: URL, onOpen: () => void): Socket {
  const isTls = url.protocol === 'mqtts:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || (isTls ? 8_883 : 1_883))
  return isTls ? connectTls({ host, port, servername: host }, onOpen) : connectTcp({ host, port }, onOpen)
}

function acknowledgement(type: number, messageId: number): Buffer {
  return Buffer.from([type, 2, messageId >> 8, messageId & 0xff])
}
