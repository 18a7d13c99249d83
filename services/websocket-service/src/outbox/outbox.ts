import type { Bundle } from './frame.js'
import type { Link } from './link.js'

/** Beyond so many times the backlog bound, whatever the client is owed, it is closed. */
const ABORT_FACTOR = 2

/**
 * What one client is owed: it says when there is no room for more readings (a frozen browser's kernel buffers
 * are full, and the rest would pile up here), and closes the client past a second bound. What a client missed
 * while it was away comes on top of these bounds, until it is out.
 */
export class Outbox {
  readonly #link: Link
  readonly #backlogBytes: number
  #replayBytes = 0
  /** where in the window of readings the client stopped getting each of them; undefined: it keeps up */
  lagsFrom: number | undefined
  lagsSinceMs = 0

  constructor(link: Link, backlogBytes: number) {
    this.#link = link
    this.#backlogBytes = backlogBytes
  }

  waitingBytes(): number {
    return this.#link.waitingBytes()
  }

  /** Is there room for more readings? */
  hasRoom(): boolean {
    return this.#link.isIdle() || this.#link.waitingBytes() <= this.#backlogBytes + this.replayBytes()
  }

  /** Writes. Past the second bound it closes the connection instead; answers whether it wrote. */
  write(bundle: Bundle): boolean {
    if (this.isFlooded()) {
      this.#link.abort('slow consumer')
      return false
    }
    this.#link.write(bundle)
    return true
  }

  /** Writes what the client missed, whole; whoever calls has looked at `replayBytes`. */
  writeMissed(bundle: Bundle): void {
    this.#replayBytes = this.replayBytes() + bundle.bytes
    this.#link.write(bundle)
  }

  /** Of what was written as missed, what may still wait: it goes out before all that came later. */
  replayBytes(): number {
    if (this.#replayBytes === 0) return 0
    this.#replayBytes = this.#link.isIdle() ? 0 : Math.min(this.#replayBytes, this.#link.waitingBytes())
    return this.#replayBytes
  }

  /** Does more wait than any client may be owed? Answers of calls count too. */
  isFlooded(): boolean {
    return (
      !this.#link.isIdle() &&
      this.#link.waitingBytes() > this.#backlogBytes * ABORT_FACTOR + this.replayBytes()
    )
  }
}
