import type { Logger } from '@iot/runtime'
import { kafkaErrorType } from './kafka-error.js'

/** Says once that something can't be had, and once that it can again; what lies between is for whoever debugs. */
export class Outage {
  readonly #log: Logger
  readonly #what: string
  #sinceMs: number | undefined

  constructor(log: Logger, what: string) {
    this.#log = log
    this.#what = what
  }

  /** how long it has lasted; undefined while all is well */
  get lastedMs(): number | undefined {
    return this.#sinceMs === undefined ? undefined : Math.round(performance.now() - this.#sinceMs)
  }

  failed(error: unknown): void {
    const facts = { err: error, kafka: kafkaErrorType(error) }
    if (this.#sinceMs !== undefined) this.#log.debug(facts, `${this.#what} is still away`)
    else this.#log.warn(facts, `${this.#what} is away: trying again`)
    this.#sinceMs ??= performance.now()
  }

  worked(): void {
    if (this.#sinceMs === undefined) return
    this.#log.info({ afterMs: this.lastedMs }, `${this.#what} is back`)
    this.#sinceMs = undefined
  }
}
