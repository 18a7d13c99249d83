import type { EngineSocket } from './engine-socket.js'
import type { Frame } from './outbox/frame.js'

/** How long an event of a client that polls may wait for others, ms: as long as the shortest batch window. */
export const GATHER_MS = 100

/**
 * Events on their way to a client that polls. Each answer to a poll costs a request, on this side and on every proxy, so
 * what comes within a window goes out together: at most ten polls a second, however lively the feed. Whatever else is
 * written to the connection (answers, welcome, positions) takes what is gathered along before it, so the order stays.
 * What waits here counts as waiting for the client.
 */
export class PollGathering {
  readonly #write: EngineSocket['write']
  #frames: Frame[] = []
  #bytes = 0
  #timer: NodeJS.Timeout | undefined

  /** Takes over the connection's `write`. */
  constructor(conn: EngineSocket) {
    this.#write = conn.write.bind(conn)
    conn.write = (text, options) => {
      this.flush()
      return this.#write(text, options)
    }
    conn.once('close', () => this.#forget())
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0
  }

  get bytes(): number {
    return this.#bytes
  }

  add(frames: readonly Frame[]): void {
    for (const frame of frames) {
      this.#frames.push(frame)
      this.#bytes += frame.text.length
    }
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS)
  }

  flush(): void {
    if (this.#frames.length === 0) return
    const frames = this.#frames
    this.#forget()
    for (const { text, options } of frames) this.#write(text, options)
  }

  #forget(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#frames = []
    this.#bytes = 0
  }
}
