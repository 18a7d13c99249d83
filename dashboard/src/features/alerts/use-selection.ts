import { useCallback, useState } from 'react'

export interface Selection {
  readonly ids: ReadonlySet<string>
  toggle(id: string): void
  /** Adds all of these, or takes all of them out where they are all in it. */
  toggleAll(ids: readonly string[]): void
  clear(): void
}

/** Which rows are chosen. Who is not in the list any more is not chosen either. */
export function useSelection(shown: readonly string[], maySelect: (id: string) => boolean): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(NONE)
  const ids = chosen.size === 0 ? NONE : new Set(shown.filter((id) => chosen.has(id) && maySelect(id)))
  return {
    ids,
    toggle: useCallback((id: string) => setChosen((before) => toggled(before, [id])), []),
    toggleAll: (all) => setChosen((before) => toggled(before, all.filter(maySelect))),
    clear: useCallback(() => setChosen(NONE), []),
  }
}

const NONE: ReadonlySet<string> = new Set()

export function toggled(before: ReadonlySet<string>, ids: readonly string[]): ReadonlySet<string> {
  const after = new Set(before)
  const all = ids.every((id) => before.has(id))
  for (const id of ids) {
    if (all) after.delete(id)
    else after.add(id)
  }
  return after
}
