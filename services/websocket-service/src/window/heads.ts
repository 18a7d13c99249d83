import type { LiveKind, Positions } from '@iot/contracts'

/** How far this replica has passed events on, by kind and partition, under one epoch. */
export class Heads {
  #epoch: string
  readonly #offsets: Record<LiveKind, Map<number, number>> = { readings: new Map(), status: new Map() }
  #text: string | undefined

  constructor(epoch: string) {
    this.#epoch = epoch
  }

  get epoch(): string {
    return this.#epoch
  }

  /** Another log: nothing of it has been seen. */
  restart(epoch: string): void {
    this.#epoch = epoch
    this.#offsets.readings.clear()
    this.#offsets.status.clear()
    this.#text = undefined
  }

  get(kind: LiveKind, partition: number): number | undefined {
    return this.#offsets[kind].get(partition)
  }

  set(kind: LiveKind, partition: number, offset: number): void {
    this.#offsets[kind].set(partition, offset)
    this.#text = undefined
  }

  positions(): Positions {
    return {
      epoch: this.#epoch,
      readings: Object.fromEntries(this.#offsets.readings),
      status: Object.fromEntries(this.#offsets.status),
    }
  }

  /** The same as JSON text, encoded once until something moves. */
  text(): string {
    this.#text ??= JSON.stringify(this.positions())
    return this.#text
  }
}
