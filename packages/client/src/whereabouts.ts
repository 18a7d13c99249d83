import type { Positions } from '@iot/contracts'

/**
 * How far the client has got everything, and from where each watched device goes on after a reconnection. While
 * subscriptions are being made again the positions stand still: what one of them brings says nothing of the others.
 */
export class Whereabouts {
  #positions: Positions | undefined
  /** positions of this connection's first answer */
  #offered: Positions | undefined
  #recovered = false
  #isFirst = true
  /** devices whose events have come up to `#positions` */
  readonly #watched = new Set<string>()
  /** devices that were asked for since then and are not answered: from where they are owed */
  readonly #owed = new Map<string, Positions>()

  connected(): void {
    this.#offered = undefined
    this.#recovered = false
    this.#isFirst = true
  }

  /** Where a device goes on; undefined where it begins with a snapshot. */
  since(deviceId: string): Positions | undefined {
    const positions = this.#owed.get(deviceId) ?? (this.#watched.has(deviceId) ? this.#positions : undefined)
    if (positions) this.#owed.set(deviceId, positions)
    return positions
  }

  answered(deviceId: string, recovered: boolean): void {
    this.#owed.delete(deviceId)
    this.#watched.add(deviceId)
    this.#recovered ||= recovered
  }

  forget(deviceId: string): void {
    this.#owed.delete(deviceId)
    this.#watched.delete(deviceId)
  }

  offer(positions: Positions): void {
    this.#offered ??= positions
  }

  /** Every subscription of the connection is answered. What was missed may still be on its way. */
  settled(): void {
    if (this.#offered === undefined) return
    if (this.#isFirst && !this.#recovered) this.#positions = this.#offered
    this.#isFirst = false
  }

  moveTo(positions: Positions): void {
    this.#positions = positions
  }
}
