import type { Bundle } from './frame.js'
import type { Link } from './link.js'

/** Beyond so many times the backlog bound, whatever the client is owed, it is closed. */
const ABORT_FACTOR = 2

/**
 * What one client is owed. It knows how many bytes wait (a frozen browser's kernel buffers are full, and the
 * rest would pile up here), says when the client lags, and closes it past the second bound.
 */
export class Outbox {
  readonly #link: Link
  readonly #backlogBytes: number
  /** handed to the transport and not yet taken by the kernel */
  #inFlightBytes = 0
  /** waits behind it */
  #queuedBytes = 0
  #mark: unknown
  /** where in the window of readings the client stopped getting each of them; undefined: it keeps up */
  lagsFrom: number | undefined
  lagsSinceMs = 0

  constructor(link: Link, backlogBytes: number) {
    this.#link = link
    this.#backlogBytes = backlogBytes
    this.#mark = link.queueMark()
  }

  /** Bytes that wait for the client. */
  waitingBytes(): number {
    if (this.#link.isWritable()) return 0
    this.#noteHandover()
    return this.#inFlightBytes + this.#queuedBytes
  }

  /** Is there room for more readings? */
  hasRoom(): boolean {
    return this.#link.isWritable() || this.waitingBytes() <= this.#backlogBytes
  }

  /** Writes. Past the second bound it closes the connection instead; answers whether it wrote. */
  write(bundle: Bundle): boolean {
    if (this.#link.isWritable()) {
      this.#inFlightBytes = bundle.bytes
      this.#queuedBytes = 0
    } else {
      this.#noteHandover()
      if (this.#inFlightBytes + this.#queuedBytes > this.#backlogBytes * ABORT_FACTOR) {
        this.#link.abort()
        return false
      }
      this.#queuedBytes += bundle.bytes
    }
    this.#link.write(bundle)
    this.#mark = this.#link.queueMark()
    return true
  }

  /** Has the client asked for more than it reads? Answers of calls are no readings, and no frames of ours. */
  isFlooded(): boolean {
    return !this.#link.isWritable() && this.#link.waitingBytes() > this.#backlogBytes * ABORT_FACTOR
  }

  #noteHandover(): void {
    const mark = this.#link.queueMark()
    if (mark === this.#mark) return
    this.#mark = mark
    this.#inFlightBytes = this.#queuedBytes
    this.#queuedBytes = 0
  }
}
