import type { LiveKind, Positions } from '@iot/contracts'

/** The beginning of positions as JSON text. */
export type ReadingsText = string

/** How far this replica has passed events on, by kind and partition, under one epoch. */
export class Heads {
  #epoch: string
  readonly #offsets: Record<LiveKind, Map<number, number>> = { readings: new Map(), status: new Map() }
  readonly #waiting = new Set<() => void>()
  #text: string | undefined
  #readings: ReadingsText | undefined
  #status: string | undefined

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
    this.#moved()
  }

  get(kind: LiveKind, partition: number): number | undefined {
    return this.#offsets[kind].get(partition)
  }

  /** The partitions of which something is known. */
  partitions(kind: LiveKind): Iterable<number> {
    return this.#offsets[kind].keys()
  }

  set(kind: LiveKind, partition: number, offset: number): void {
    this.#offsets[kind].set(partition, offset)
    this.#moved()
  }

  /** Resolves when `isReached` says so, asked whenever something moves, and after the time all the same. */
  reached(isReached: () => boolean, withinMs: number): Promise<void> {
    if (isReached()) return Promise.resolve()
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve()
      }
      const look = () => {
        if (isReached()) end()
      }
      const timer = setTimeout(end, withinMs).unref()
      this.#waiting.add(look)
    })
  }

  positions(): Positions {
    return {
      epoch: this.#epoch,
      readings: Object.fromEntries(this.#offsets.readings),
      status: Object.fromEntries(this.#offsets.status),
    }
  }

  /**
   * The same as JSON text, encoded once until something moves; or with the readings of an earlier moment, for who waits
   * for the later ones. Status changes are those of now all the same: they wait for nobody.
   */
  text(readings?: ReadingsText): string {
    if (readings !== undefined) return `${readings}${this.#statusText()}`
    this.#text ??= this.text(this.readingsText())
    return this.#text
  }

  /** How far readings go now, for `text` at a later moment. */
  readingsText(): ReadingsText {
    this.#readings ??= `{"epoch":${JSON.stringify(this.#epoch)},"readings":${textOf(this.#offsets.readings)}`
    return this.#readings
  }

  #statusText(): string {
    this.#status ??= `,"status":${textOf(this.#offsets.status)}}`
    return this.#status
  }

  #moved(): void {
    this.#text = undefined
    this.#readings = undefined
    this.#status = undefined
    for (const look of this.#waiting) look()
  }
}

function textOf(offsets: ReadonlyMap<number, number>): string {
  return JSON.stringify(Object.fromEntries(offsets))
}
