import type { DeviceEntry } from './device-entry.js'

/** Ids of the devices that every word of `query` is found in: name, id, site, location or tag. */
export function matchDevices(
  entities: Readonly<Record<string, DeviceEntry>>,
  ids: readonly string[],
  query: string,
): string[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return [...ids]
  return ids.filter((id) => {
    const haystack = entities[id]?.haystack ?? ''
    return words.every((word) => haystack.includes(word))
  })
}
