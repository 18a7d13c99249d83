import { LIVE_KINDS, type LiveKind, type Positions } from '@iot/contracts'

/** One kind's part of positions as JSON text. */
export type KindText = string

/** Kinds of which somebody has not been sent all that this replica has passed on. */
export interface Earlier {
  readonly readings?: KindText | undefined
  readonly alerts?: KindText | undefined
}

/** How far this replica has passed events on, by kind and partition, under one epoch. */
export class Heads {
  #epoch: string
  readonly #offsets: Record<LiveKind, Map<number, number>> = {
    readings: new Map(),
    status: new Map(),
    alerts: new Map(),
  }
  readonly #waiting = new Set<() => void>()
  #text: string | undefined
  #texts: { [Kind in LiveKind]?: KindText | undefined } = {}

  constructor(epoch: string) {
    this.#epoch = epoch
  }

  get epoch(): string {
    return this.#epoch
  }

  /** Another log: nothing of it has been seen. */
  restart(epoch: string): void {
    this.#epoch = epoch
    for (const kind of LIVE_KINDS) this.#offsets[kind].clear()
    this.#texts = {}
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
    this.#texts[kind] = undefined
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
      alerts: Object.fromEntries(this.#offsets.alerts),
    }
  }

  /**
   * The same as JSON text, encoded once until something moves; or with readings or alerts of an earlier moment, for who
   * waits for the later ones. Status changes are those of now all the same: they wait for nobody.
   */
  text(earlier: Earlier = {}): string {
    const now = { readings: this.textOf('readings'), alerts: this.textOf('alerts') }
    const { readings = now.readings, alerts = now.alerts } = earlier
    if (readings !== now.readings || alerts !== now.alerts) return this.#join(readings, alerts)
    this.#text ??= this.#join(readings, alerts)
    return this.#text
  }

  /** How far a kind goes now, for `text` at a later moment. */
  textOf(kind: LiveKind): KindText {
    this.#texts[kind] ??= `"${kind}":${JSON.stringify(Object.fromEntries(this.#offsets[kind]))}`
    return this.#texts[kind]
  }

  #join(readings: KindText, alerts: KindText): string {
    return `{"epoch":${JSON.stringify(this.#epoch)},${readings},${this.textOf('status')},${alerts}}`
  }

  #moved(): void {
    this.#text = undefined
    for (const look of this.#waiting) look()
  }
}
