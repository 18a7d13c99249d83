/** Filters with a wildcard near the front that are looked through for each message; with more, all match. */
const MAX_BROAD = 64

/**
 * Who listens to what: whether a message has to go through the broker at all, because somebody may get it.
 * Telemetry has no listeners as a rule. Owners are connections, or the names of sessions that outlive them.
 */
export class Interests {
  readonly #filtersOf = new Map<unknown, Set<string>>()
  /** how many owners a filter has */
  readonly #counts = new Map<string, number>()
  /** filters whose first two levels are literal, by these */
  readonly #byPrefix = new Map<string, Set<string>>()
  readonly #broad = new Set<string>()

  add(owner: unknown, filter: string): void {
    let filters = this.#filtersOf.get(owner)
    if (!filters) {
      filters = new Set()
      this.#filtersOf.set(owner, filters)
    }
    if (filters.has(filter)) return
    filters.add(filter)
    const count = (this.#counts.get(filter) ?? 0) + 1
    this.#counts.set(filter, count)
    if (count === 1) this.#index(filter)
  }

  remove(owner: unknown, filter: string): void {
    const filters = this.#filtersOf.get(owner)
    if (!filters?.delete(filter)) return
    if (filters.size === 0) this.#filtersOf.delete(owner)
    const count = this.#counts.get(filter)! - 1
    if (count > 0) {
      this.#counts.set(filter, count)
      return
    }
    this.#counts.delete(filter)
    this.#unindex(filter)
  }

  /** The owner is gone. */
  forget(owner: unknown): void {
    for (const filter of [...(this.#filtersOf.get(owner) ?? [])]) this.remove(owner, filter)
  }

  /** Whether somebody may listen to the topic. */
  includes(topic: string): boolean {
    if (this.#counts.size === 0) return false
    if (this.#broad.size > MAX_BROAD) return true
    for (const filter of this.#broad) if (matches(filter, topic)) return true
    for (const filter of this.#byPrefix.get(prefixOf(topic)) ?? []) if (matches(filter, topic)) return true
    return false
  }

  #index(filter: string): void {
    const prefix = prefixOf(filter)
    if (/[+#]/.test(prefix)) {
      this.#broad.add(filter)
      return
    }
    const filters = this.#byPrefix.get(prefix)
    if (filters) filters.add(filter)
    else this.#byPrefix.set(prefix, new Set([filter]))
  }

  #unindex(filter: string): void {
    const prefix = prefixOf(filter)
    this.#broad.delete(filter)
    const filters = this.#byPrefix.get(prefix)
    if (filters?.delete(filter) && filters.size === 0) this.#byPrefix.delete(prefix)
  }
}

/** The first two levels: of `a/b/c` and of `a/b/#` the same. */
function prefixOf(name: string): string {
  const first = name.indexOf('/')
  const second = first < 0 ? -1 : name.indexOf('/', first + 1)
  return second < 0 ? name : name.slice(0, second)
}

/** [MQTT 3.1.1, 4.7] `#` stands for any levels, none too; `+` for one. */
function matches(filter: string, topic: string): boolean {
  const wanted = filter.split('/')
  const levels = topic.split('/')
  for (let at = 0; at < wanted.length; at++) {
    if (wanted[at] === '#') return true
    if (at >= levels.length || (wanted[at] !== '+' && wanted[at] !== levels[at])) return false
  }
  return wanted.length === levels.length
}
