import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { type Clock, type DeviceIdentity, systemClock } from '@iot/ports'
import { createTokenBucket, peerAddress, type TokenBucket } from '@iot/runtime'
import { type Acknowledgements, createAcknowledgements } from './acknowledgements.js'
import { createFrameSplitter, FrameError, type FrameSplitter, isWholeFrame } from './frame-splitter.js'
import type { InFlightBudget } from './in-flight-budget.js'
import { createPubackBatch } from './puback-batch.js'
import { type PlainPublish, readPlainPublish } from './read-publish.js'
import { createUnreadChunks, type Gather, type UnreadChunks } from './unread-chunks.js'

export interface ConnectionLimits {
  readonly maxPacketBytes: number
  /** messages taken and not answered, per connection */
  readonly maxInFlight: number
  readonly messagesPerSecond: number
}

export interface Session {
  readonly identity: DeviceIdentity
  /** as the client calls itself */
  readonly clientId: string
}

/** Takes a message past the broker; undefined where it has to go through it. */
export type TakeMessage = (connection: DeviceConnection, message: PlainPublish) => Promise<void> | undefined

/** Whole packets that may wait unread by the broker; beyond it the socket is not read. */
const READ_AHEAD_BYTES = 65_536
/** Bytes that may wait for a slow reader; beyond it nothing more is taken from it or sent to it. */
const MAX_OUTGOING_BYTES = 262_144
/** A packet that has begun must be whole by then. */
const PACKET_LIMIT_MS = 60_000
/** How long the last bytes may take to reach a peer that the connection is closed to. */
const LINGER_MS = 5_000

const PUBLISH = 3
const PINGREQ = 12
const DISCONNECT = 14
const PINGRESP = Buffer.from([0xd0, 0x00])

/**
 * Stands between a socket and the broker, which sees it as its stream, and hands over one whole packet at a
 * time. The broker itself reads on whatever its hooks have open, so the bounds are kept here: messages in
 * flight, their bytes, their rate. While one of them is met, packets wait and then the socket is not read;
 * pings among the waiting packets are answered, and the keep-alive rests as long as we are the ones who don't
 * listen. Messages that nobody listens to, as telemetry is, don't go through the broker, which would
 * cost several times what is done with them.
 */
export class DeviceConnection extends Duplex {
  readonly address: string
  session: Session | undefined
  /** topic filters that the client is subscribed to */
  readonly filters = new Set<string>()

  readonly #socket: Socket
  readonly #limits: ConnectionLimits
  readonly #budget: InFlightBudget
  readonly #splitter: FrameSplitter
  readonly #rate: TokenBucket
  readonly #backlog: Buffer[] = []
  readonly #acknowledgements: Acknowledgements
  readonly #takeMessage: TakeMessage
  readonly #clock: Clock
  readonly #unread: UnreadChunks | undefined
  readonly #pubacks = createPubackBatch((bytes) => {
    if (!this.destroyed) this.write(bytes)
  })
  readonly #onRoom = () => this.#proceed()

  #backlogBytes = 0
  #handed: Buffer | null = null
  #state: 'new' | 'connecting' | 'ready' | 'draining' = 'new'
  #peerEnded = false
  #saidGoodbye = false
  #proceeding = false
  #reservedBytes = 0
  #rateTimer: NodeJS.Timeout | undefined
  #keepAliveMs = 0
  #heardAtMs = performance.now()
  /** read once for all packets that are handed on together */
  #nowMs = this.#heardAtMs
  #partialSinceMs: number | undefined
  #readAtMs: number | undefined

  constructor(deps: {
    socket: Socket
    limits: ConnectionLimits
    budget: InFlightBudget
    takeMessage?: TakeMessage
    /** where what was read of several connections is better looked at together */
    gather?: Gather | undefined
    clock?: Clock | undefined
    /** whom a proxy speaks for; the peer itself where it is left out */
    address?: string | undefined
  }) {
    // writes go on to the socket at once: its own buffer is the one that is watched
    super({ writableHighWaterMark: 4 * MAX_OUTGOING_BYTES })
    this.#socket = deps.socket
    this.#limits = deps.limits
    this.#budget = deps.budget
    this.#takeMessage = deps.takeMessage ?? (() => undefined)
    this.#clock = deps.clock ?? systemClock
    this.#unread =
      deps.gather &&
      createUnreadChunks({ gather: deps.gather, onChunk: (bytes, atMs) => this.#receive(bytes, atMs) })
    this.#acknowledgements = createAcknowledgements({
      budget: deps.budget,
      onAnswered: () => this.#proceed(),
      onAnswer: (messageIds, error) => this.#answer(messageIds, error),
    })
    this.#splitter = createFrameSplitter(deps.limits)
    this.#rate = createTokenBucket({ perSecond: deps.limits.messagesPerSecond })
    this.address = deps.address ?? peerAddress(deps.socket.remoteAddress)
    deps.socket
      .on('data', (chunk: Buffer) => this.#hear(chunk))
      .on('drain', () => this.#proceed())
      .on('end', () => this.#peerHasEnded())
      .on('error', (error) => {
        this.#unread?.handOn()
        this.destroy(error)
      })
      .on('close', () => this.destroy())
  }

  /** The broker reads here, the packet handed over or nothing. */
  override read(size?: number): Buffer | null {
    if (size === 0) return null
    const frame = this.#handed
    this.#handed = null
    return frame
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#socket.writable) this.#socket.write(chunk)
    done()
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    if (this.#socket.writable) {
      this.#socket.cork()
      for (const { chunk } of chunks) this.#socket.write(chunk)
      this.#socket.uncork()
    }
    done()
  }

  /** Where nothing is wrong with it, as when its peer has left or come anew, what was read of it counts. */
  override destroy(error?: Error | null): this {
    if (!error && !this.destroyed && this.session) this.#unread?.handOn()
    return super.destroy(error ?? undefined)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#rateTimer)
    this.#budget.stopWaiting(this.#onRoom)
    this.#reserve(0)
    this.#backlog.length = 0
    this.#backlogBytes = 0
    this.#handed = null
    const socket = this.#socket
    socket.removeAllListeners('data')
    if (!socket.destroyed) {
      socket.setTimeout(LINGER_MS, () => socket.destroy())
      socket.destroySoon()
    }
    done(error)
  }

  /** What CONNECT asked for, ms; 0: the client is never taken for dead. */
  set keepAliveMs(keepAliveMs: number) {
    this.#keepAliveMs = keepAliveMs
  }

  /** Whether the peer reads so slowly that nothing more should be sent to it. */
  get isClogged(): boolean {
    return this.#socket.writableLength > MAX_OUTGOING_BYTES
  }

  /** When what is handed over was read from the socket; now, where it had to wait for its turn. Ms since 1970. */
  get readAtMs(): number {
    return this.#readAtMs ?? this.#clock.nowMs()
  }

  /** The session is there (CONNACK is out): what waited behind CONNECT is handed over. */
  ready(): void {
    if (this.#state !== 'connecting') return
    this.#state = 'ready'
    this.#heardAtMs = performance.now()
    this.#proceed()
  }

  /** Takes no more packets; what is in flight is still answered. */
  drain(): void {
    this.#unread?.handOn()
    this.#state = 'draining'
    this.#socket.pause()
  }

  /**
   * Counts a message as in flight until `work` has settled, and passes its outcome on in order of arrival. After a
   * failure, and after the connection has ended, nothing more is acknowledged.
   */
  admit(work: Promise<void>, bytes: number, acknowledge: (error: Error | null) => void): void {
    // a last will comes after the end, and its outcome is passed on all the same
    const isLate = this.destroyed
    this.#acknowledgements.add(work, bytes, (error) => {
      if (!isLate && this.destroyed) return
      this.#pubacks.flush()
      acknowledge(error)
    })
  }

  /** Ends the connection where the peer has been silent for too long, or a packet takes too long to come. */
  checkLife(nowMs: number): void {
    // what can't be heard because the socket is not read is not held against the peer
    if (this.#socket.isPaused()) {
      this.#heardAtMs = nowMs
      if (this.#partialSinceMs !== undefined) this.#partialSinceMs = nowMs
    } else if (
      this.#state === 'ready' &&
      this.#keepAliveMs > 0 &&
      nowMs - this.#heardAtMs > this.#keepAliveMs
    ) {
      this.destroy(new Error('keep alive timeout'))
    } else if (this.#partialSinceMs !== undefined && nowMs - this.#partialSinceMs > PACKET_LIMIT_MS) {
      this.destroy(new FrameError('a packet took too long to arrive'))
    }
  }

  /** A message may wait for those of other connections; all else is looked at as it comes, and what waited before it. */
  #hear(chunk: Buffer): void {
    this.#heardAtMs = performance.now()
    const atMs = this.#clock.nowMs()
    if (this.#unread && this.#mayWait(chunk)) {
      this.#unread.add({ bytes: chunk, atMs })
    } else {
      this.#unread?.handOn()
      this.#receive(chunk, atMs)
    }
  }

  #mayWait(chunk: Buffer): boolean {
    if (this.#state !== 'ready' || this.#backlog.length > 0 || this.#splitter.partial) return false
    return typeOf(chunk) === PUBLISH && isWholeFrame(chunk)
  }

  #receive(chunk: Buffer, atMs: number): void {
    if (this.destroyed) return
    this.#nowMs = performance.now()
    this.#readAtMs = atMs
    try {
      this.#splitter.push(chunk, (frame) => this.#take(frame))
    } catch (error) {
      this.destroy(error as Error)
      return
    } finally {
      this.#readAtMs = undefined
    }
    if (!this.#splitter.partial) this.#partialSinceMs = undefined
    else this.#partialSinceMs ??= this.#heardAtMs
    this.#proceed()
  }

  #take(frame: Buffer): void {
    if (this.destroyed) return
    // before CONNECT is answered nothing is: a ping waits its turn like everything else
    if (this.#state === 'ready' && typeOf(frame) === PINGREQ) {
      this.write(PINGRESP)
    } else if (this.#backlog.length === 0 && this.#mayHand(frame)) {
      this.#hand(frame)
    } else {
      this.#backlog.push(frame)
      this.#backlogBytes += frame.length
    }
  }

  /** Goes on with what waits, and reads the socket or not, as the bounds allow. */
  #proceed(): void {
    if (this.#proceeding || this.destroyed) return
    this.#proceeding = true
    if (this.#backlog.length > 0) this.#nowMs = performance.now()
    while (this.#backlog.length > 0 && this.#mayHand(this.#backlog[0]!)) {
      const frame = this.#backlog.shift()!
      this.#backlogBytes -= frame.length
      if (typeOf(frame) === PINGREQ) this.write(PINGRESP)
      else this.#hand(frame)
    }
    this.#proceeding = false
    if (this.destroyed) return
    if (this.#peerEnded && this.#backlog.length === 0 && this.#acknowledgements.open === 0) {
      // the broker corks what it writes until the next tick
      setImmediate(() => this.destroy())
    } else if (this.#mayRead()) {
      this.#socket.resume()
    } else {
      this.#socket.pause()
    }
  }

  #mayHand(frame: Buffer): boolean {
    if (this.#state === 'new') return true
    if (this.#state !== 'ready' || this.isClogged) return false
    if (typeOf(frame) !== PUBLISH) return true
    if (this.#acknowledgements.open >= this.#limits.maxInFlight) return false
    // a large packet has had its room since its header
    if (frame.length !== this.#reservedBytes && this.#isOutOfRoom()) return false
    const waitMs = this.#rate.take(this.#nowMs)
    if (waitMs === 0) return true
    this.#rateTimer ??= setTimeout(() => {
      this.#rateTimer = undefined
      this.#proceed()
    }, waitMs)
    return false
  }

  #mayRead(): boolean {
    if (this.#state === 'draining' || this.#backlogBytes >= READ_AHEAD_BYTES) return false
    if (this.#backlog.length > 0 && this.#isOutOfRoom()) return false
    return this.#reserve(this.#splitter.awaitedBytes > READ_AHEAD_BYTES ? this.#splitter.awaitedBytes : 0)
  }

  /** A large packet is let in when there is room for the whole of it, and then to its end. */
  #reserve(bytes: number): boolean {
    if (bytes === this.#reservedBytes) return true
    if (this.#reservedBytes > 0) this.#budget.removeBytes(this.#reservedBytes)
    this.#reservedBytes = 0
    if (bytes === 0) return true
    if (this.#isOutOfRoom()) return false
    this.#budget.addBytes(bytes)
    this.#reservedBytes = bytes
    return true
  }

  #isOutOfRoom(): boolean {
    if (!this.#budget.full) return false
    this.#budget.waitForRoom(this.#onRoom)
    return true
  }

  #hand(frame: Buffer): void {
    if (this.#state === 'new') this.#state = 'connecting'
    if (typeOf(frame) === DISCONNECT) this.#saidGoodbye = true
    if (typeOf(frame) !== PUBLISH || !this.#handDirectly(frame)) this.#handToBroker(frame)
    // It is counted as a message now. Its reservation must not pass for that of the next one, which may be as long.
    if (frame.length === this.#reservedBytes) this.#reserve(0)
  }

  /**
   * The broker takes one “readable” for each packet of its last read before it reads again: it is told until it
   * has taken the packet.
   */
  #handToBroker(frame: Buffer): void {
    this.#handed = frame
    for (let told = 0; this.#handed !== null && !this.destroyed; told++) {
      if (told > this.#limits.maxInFlight + 1_000) {
        this.destroy(new Error('the broker does not read'))
        return
      }
      this.emit('readable')
    }
  }

  #handDirectly(frame: Buffer): boolean {
    if (this.#state !== 'ready' || this.#saidGoodbye) return false
    const message = readPlainPublish(frame)
    const work = message && this.#takeMessage(this, message)
    if (!work) return false
    this.#acknowledgements.addPlain(work, frame.length, message.messageId ?? 0)
    return true
  }

  #answer(messageIds: readonly number[], error: Error | null): void {
    if (this.destroyed) return
    if (!error) {
      for (const messageId of messageIds) if (messageId > 0) this.#pubacks.add(messageId)
      return
    }
    // What was acknowledged before is said; nothing is from here on.
    this.#pubacks.flush()
    this.destroy(error)
  }

  #peerHasEnded(): void {
    this.#unread?.handOn()
    this.#peerEnded = true
    this.#proceed()
  }
}

function typeOf(frame: Buffer): number {
  return frame[0]! >> 4
}
