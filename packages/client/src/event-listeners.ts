import type { ServerEvent, ServerEventBody } from '@iot/contracts'
import { callEach } from './call-each.js'

type Listener = (body: never) => void

/** Who listens to which event, over all connections. */
export class EventListeners {
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #onError: (error: unknown) => void

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  on<Event extends ServerEvent>(event: Event, listener: (body: ServerEventBody<Event>) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set()
    // A function that listens twice is two listeners: each ends by itself.
    const own: Listener = (body) => listener(body)
    this.#listeners.set(event, listeners.add(own))
    return () => {
      listeners.delete(own)
      if (listeners.size === 0 && this.#listeners.get(event) === listeners) this.#listeners.delete(event)
    }
  }

  /** What comes over the wire has the body of its event: the server's own tests see to that. */
  tell(event: string, body: unknown): void {
    const listeners = this.#listeners.get(event)
    if (listeners) callEach(listeners, (listener) => listener(body as never), this.#onError)
  }
}
