import type { Clock, ConnectAttempt } from '@iot/ports'
import { addressKey } from '@iot/runtime'

const WINDOW_MS = 15 * 60_000
/** An address that fails with many accounts has so many times the failures of one. */
const ADDRESS_FACTOR = 10
/** Accounts and addresses remembered; about 200 bytes each. Beyond, the oldest is forgotten. */
const CAPACITY = 20_000

export interface LoginFailuresOptions {
  readonly clock: Clock
  /** of one account from one address in 15 minutes */
  readonly maxFailures: number
  readonly capacity?: number
}

/**
 * Counts failed MQTT logins, so that a host that guesses neither learns more than a few answers nor keeps the
 * slow hash busy. Of this process alone: behind a balancer each bridge grants its own few.
 */
export class LoginFailures {
  readonly #clock: Clock
  readonly #maxFailures: number
  readonly #capacity: number
  readonly #windows = new Map<string, { count: number; readonly endsAtMs: number }>()

  constructor({ clock, maxFailures, capacity = CAPACITY }: LoginFailuresOptions) {
    this.#clock = clock
    this.#maxFailures = maxFailures
    this.#capacity = capacity
  }

  /** Whether this attempt is refused without a look at its password. */
  mustWait(attempt: ConnectAttempt): boolean {
    const { account, address } = keysOf(attempt)
    return (
      this.#count(account) >= this.#maxFailures || this.#count(address) >= this.#maxFailures * ADDRESS_FACTOR
    )
  }

  /** An attempt failed. Answers true when the account has to wait from now on: worth a word, once. */
  note(attempt: ConnectAttempt): boolean {
    const { account, address } = keysOf(attempt)
    this.#hit(address)
    return this.#hit(account) === this.#maxFailures
  }

  /** An attempt was right: its account begins anew. */
  clear(attempt: ConnectAttempt): void {
    this.#windows.delete(keysOf(attempt).account)
  }

  #count(key: string): number {
    const window = this.#windows.get(key)
    return window && window.endsAtMs > this.#clock.nowMs() ? window.count : 0
  }

  #hit(key: string): number {
    const count = this.#count(key)
    if (count > 0) {
      const window = this.#windows.get(key)!
      window.count += 1
      return window.count
    }
    this.#windows.delete(key)
    if (this.#windows.size >= this.#capacity) {
      const [oldest] = this.#windows.keys()
      this.#windows.delete(oldest!)
    }
    this.#windows.set(key, { count: 1, endsAtMs: this.#clock.nowMs() + WINDOW_MS })
    return 1
  }
}

function keysOf({ address, username = '' }: ConnectAttempt): { account: string; address: string } {
  const key = addressKey(address)
  return { account: `${key} ${username}`, address: key }
}
