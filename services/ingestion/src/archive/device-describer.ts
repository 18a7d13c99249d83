import type { ReadingsRecord } from '@iot/contracts'
import type { DeviceDescription, DeviceStore, LogRecord } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import { writeAllButRefused } from './write-all-but-refused.js'

/** Devices whose last description is remembered; the longest unheard is forgotten, and written again when heard. */
const REMEMBERED_DEVICES = 20_000
/** Attributes of a device that are remembered; one that sends ever new names is written each time. */
const REMEMBERED_ATTRIBUTES = 64

interface Told {
  location?: string
  attributes: Record<string, string>
}

/** Writes what devices tell of themselves when it has changed. */
export function createDeviceDescriber(deps: { devices: DeviceStore; logger: Logger }) {
  const { devices, logger } = deps
  const known = new Map<string, Told>()

  function changesOf(records: readonly LogRecord<ReadingsRecord>[]): Map<string, Told> {
    const changes = new Map<string, Told>()
    for (const { value } of records) {
      const { deviceId, location, attributes } = value
      if (location === undefined && attributes === undefined) continue
      const last = known.get(deviceId)
      const change: Told = changes.get(deviceId) ?? { attributes: Object.create(null) }
      const isLocationNew = location !== undefined && location !== (change.location ?? last?.location)
      const news = Object.entries(attributes ?? {}).filter(
        ([name, text]) => (change.attributes[name] ?? last?.attributes[name]) !== text,
      )
      if (!isLocationNew && news.length === 0) continue
      if (location !== undefined) change.location = location
      for (const [name, text] of news) change.attributes[name] = text
      changes.set(deviceId, change)
    }
    return changes
  }

  function remember(deviceId: string, change: Told): void {
    const attributes = Object.assign(Object.create(null), known.get(deviceId)?.attributes, change.attributes)
    const location = change.location ?? known.get(deviceId)?.location
    const isTooMuch = Object.keys(attributes).length > REMEMBERED_ATTRIBUTES
    known.delete(deviceId)
    known.set(deviceId, {
      attributes: isTooMuch ? Object.create(null) : attributes,
      ...(location !== undefined && { location }),
    })
    if (known.size > REMEMBERED_DEVICES) known.delete(known.keys().next().value!)
  }

  return {
    /** Rejects while the store is away; then the same records come again. */
    async describe(records: readonly LogRecord<ReadingsRecord>[]): Promise<void> {
      const changes = changesOf(records)
      if (changes.size === 0) return
      const told = [...changes].map(([deviceId, { location, attributes }]): DeviceDescription => {
        const hasAttributes = Object.keys(attributes).length > 0
        return {
          deviceId,
          ...(location !== undefined && { location }),
          ...(hasAttributes && { attributes: { ...attributes } }),
        }
      })
      const refused = await writeAllButRefused(told, (some) => devices.describe(some))
      for (const { item, error } of refused) {
        logger.warn({ err: error, deviceId: item.deviceId }, 'what a device told of itself can’t be stored')
      }
      for (const [deviceId, change] of changes) remember(deviceId, change)
    },
  }
}
