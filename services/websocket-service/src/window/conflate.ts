import type { WindowItem } from './window-log.js'

const MARK = '"timestamp":"'
const TIMESTAMP_LENGTH = 24

/**
 * The newest of each sensor, by device time (of equals the later one), in their order. A late reading never
 * replaces a newer one.
 */
export function conflate(items: readonly WindowItem[]): WindowItem[] {
  const newest = new Map<string, { item: WindowItem; timestamp: string }>()
  for (const item of items) {
    const { deviceId, sensorType, json } = item.entry
    const key = `${deviceId} ${sensorType}`
    const timestamp = timestampOf(json)
    const kept = newest.get(key)
    if (!kept) newest.set(key, { item, timestamp })
    else if (kept.timestamp <= timestamp) {
      kept.item = item
      kept.timestamp = timestamp
    }
  }
  if (newest.size === items.length) return [...items]
  return [...newest.values()].map(({ item }) => item).sort((a, b) => a.seq - b.seq)
}

/**
 * The timestamp of an encoded body, without parsing it. The key with its quotes can't occur inside a value:
 * there a quote is escaped. Empty where there is none.
 */
export function timestampOf(json: string): string {
  const at = json.indexOf(MARK)
  return at < 0 ? '' : json.slice(at + MARK.length, at + MARK.length + TIMESTAMP_LENGTH)
}
