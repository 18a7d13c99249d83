import { callEach } from './call-each.js'
import type { LiveConnection } from './live-client.js'

export type ConnectionFacts = Omit<LiveConnection, 'state'>

/** What the connection is doing, as others see it, and who wants to hear of it. */
export class ConnectionView {
  readonly #state: () => LiveConnection['state']
  readonly #onError: (error: unknown) => void
  readonly #listeners = new Set<(connection: LiveConnection) => void>()
  #facts: ConnectionFacts = {}
  #told = ''

  constructor(state: () => LiveConnection['state'], onError: (error: unknown) => void) {
    this.#state = state
    this.#onError = onError
  }

  current(): LiveConnection {
    return { state: this.#state(), ...this.#facts }
  }

  note(facts: ConnectionFacts): void {
    this.#facts = { ...this.#facts, ...facts }
  }

  forget(...names: (keyof ConnectionFacts)[]): void {
    for (const name of names) delete this.#facts[name]
  }

  listen(listener: (connection: LiveConnection) => void): () => void {
    const own = (connection: LiveConnection) => listener(connection)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  /** Only what a viewer would notice is told: not each batch. */
  tell(): void {
    const connection = this.current()
    const summary = `${connection.state} ${connection.nextRetryAtMs} ${connection.reason}`
    if (summary === this.#told) return
    this.#told = summary
    callEach(this.#listeners, (listener) => listener(connection), this.#onError)
  }
}
