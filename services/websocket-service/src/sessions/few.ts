/** Up to so many entries are searched one by one, which is as quick as hashing. */
const FEW = 32
/** Of all that are empty: nothing is ever added to it. */
const NOTHING: unknown[] = []

/**
 * A map for what every session has, mostly little of: keys and values by turns in one array, less than half of a Map's
 * memory (and nothing while it is empty). With more than a few entries it is a Map.
 */
export class Few<Value> {
  #entries = NOTHING
  #many: Map<string, Value> | undefined

  get size(): number {
    return this.#many ? this.#many.size : this.#entries.length / 2
  }

  /** The entry that was put in last, while there are few. */
  get last(): Value | undefined {
    return this.#entries.at(-1) as Value | undefined
  }

  has(key: string): boolean {
    return this.#many ? this.#many.has(key) : this.#at(key) >= 0
  }

  get(key: string): Value | undefined {
    if (this.#many) return this.#many.get(key)
    const at = this.#at(key)
    return at < 0 ? undefined : (this.#entries[at + 1] as Value)
  }

  set(key: string, value: Value): void {
    const at = this.#at(key)
    if (this.#many || (at < 0 && this.size === FEW)) this.#asMany().set(key, value)
    else if (at >= 0) this.#entries[at + 1] = value
    else if (this.#entries === NOTHING) this.#entries = [key, value]
    else this.#entries.push(key, value)
  }

  delete(key: string): void {
    if (this.#many) this.#many.delete(key)
    else this.#entries = this.#without(key)
  }

  clear(): void {
    this.#many = undefined
    this.#entries = NOTHING
  }

  *values(): IterableIterator<Value> {
    if (this.#many) yield* this.#many.values()
    // What is taken out meanwhile leaves this array as it was.
    const entries = this.#entries
    for (let at = 1; at < entries.length; at += 2) yield entries[at] as Value
  }

  #at(key: string): number {
    const entries = this.#entries
    for (let at = 0; at < entries.length; at += 2) if (entries[at] === key) return at
    return -1
  }

  #without(key: string): unknown[] {
    const at = this.#at(key)
    if (at < 0) return this.#entries
    return this.#entries.length === 2 ? NOTHING : this.#entries.toSpliced(at, 2)
  }

  #asMany(): Map<string, Value> {
    if (this.#many) return this.#many
    this.#many = new Map()
    for (let at = 0; at < this.#entries.length; at += 2) {
      this.#many.set(this.#entries[at] as string, this.#entries[at + 1] as Value)
    }
    this.#entries = NOTHING
    return this.#many
  }
}
