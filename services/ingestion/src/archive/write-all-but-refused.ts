import { isRetriable } from '@iot/runtime'

/** An item that can't be stored, with the reason. */
export interface Refused<Item> {
  readonly item: Item
  readonly error: unknown
}

/**
 * Writes items; where the store refuses them for good, writes them half by half until what it refuses stands
 * alone. Answers what was refused; the rest is stored. Rejects where trying again may help.
 */
export async function writeAllButRefused<Item>(
  items: readonly Item[],
  write: (items: readonly Item[]) => Promise<void>,
): Promise<Refused<Item>[]> {
  try {
    await write(items)
    return []
  } catch (error) {
    if (isRetriable(error)) throw error
    if (items.length === 1) return [{ item: items[0]!, error }]
    const middle = items.length >> 1
    const first = await writeAllButRefused(items.slice(0, middle), write)
    return [...first, ...(await writeAllButRefused(items.slice(middle), write))]
  }
}
