import type { PlaceCount } from '@iot/ports'

type Owner = Pick<PlaceCount, 'of' | 'id'>

/** How many connections this replica has of each user and from each address, and which of it the board has to be told. */
export class PlaceCounts {
  readonly #counts = new Map<string, PlaceCount>()
  readonly #changed = new Map<string, Owner>()

  get({ of, id }: Owner): number {
    return this.#counts.get(keyOf({ of, id }))?.count ?? 0
  }

  /** Answers the count from now on. */
  add({ of, id }: Owner, by: 1 | -1): number {
    const key = keyOf({ of, id })
    const count = (this.#counts.get(key)?.count ?? 0) + by
    if (count > 0) this.#counts.set(key, { of, id, count })
    else this.#counts.delete(key)
    this.#changed.set(key, { of, id })
    return count
  }

  get hasChanged(): boolean {
    return this.#changed.size > 0
  }

  /** What has changed since it was taken last, so many at most; as it is now. */
  takeChanged(limit: number): PlaceCount[] {
    const taken: PlaceCount[] = []
    for (const [key, owner] of this.#changed) {
      if (taken.length === limit) break
      this.#changed.delete(key)
      taken.push(this.#counts.get(key) ?? { ...owner, count: 0 })
    }
    return taken
  }

  /** The board has nothing: all of it has to be told. */
  startOver(): void {
    this.#changed.clear()
    for (const [key, { of, id }] of this.#counts) this.#changed.set(key, { of, id })
  }
}

function keyOf({ of, id }: Owner): string {
  return `${of} ${id}`
}
