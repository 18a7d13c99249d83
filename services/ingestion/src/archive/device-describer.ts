import type { ReadingsRecord, StatusRecord } from '@iot/contracts'
import type { Clock, DeviceDescription, DeviceStore, LogRecord } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import { writeAllButRefused } from './write-all-but-refused.js'

/** Devices whose last description is remembered; the longest unheard is forgotten, and written again when heard. */
const REMEMBERED_DEVICES = 20_000
/** Attributes of a device that are remembered; one that sends ever new names is written each time. */
const REMEMBERED_ATTRIBUTES = 64
/**
 * A removal is said before it is done. What is written in between goes with the device, so for this long after the
 * word nothing is taken for known.
 */
const REMOVAL_MS = 10_000
/** Removals that are waited for; beyond it the oldest counts as done. */
const REMOVALS = 1_000

interface Told {
  location?: string
  attributes: Record<string, string>
}

/** Writes what devices tell of themselves when it has changed, and that they exist, also of those that only tell their status. */
export function createDeviceDescriber(deps: {
  devices: Pick<DeviceStore, 'describe'>
  clock: Clock
  logger: Logger
}) {
  const { devices, clock, logger } = deps
  /** what the store has of devices; one that has told nothing but its status has an empty entry */
  const known = new Map<string, Told>()
  const removedAtMs = new Map<string, number>()

  function changesOf(records: readonly LogRecord<ReadingsRecord>[]): Map<string, Told> {
    const changes = new Map<string, Told>()
    for (const { value } of records) {
      const { deviceId, location, attributes } = value
      if (location === undefined && attributes === undefined) continue
      const last = known.get(deviceId)
      // Nearly always: what it says each time.
      if (attributes === undefined && location === (changes.get(deviceId) ?? last)?.location) continue
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
    if (isBeingRemoved(deviceId)) return
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

  function isBeingRemoved(deviceId: string): boolean {
    const saidAtMs = removedAtMs.get(deviceId)
    if (saidAtMs === undefined) return false
    if (clock.nowMs() - saidAtMs < REMOVAL_MS) return true
    removedAtMs.delete(deviceId)
    return false
  }

  function forget(deviceId: string): void {
    known.delete(deviceId)
    removedAtMs.delete(deviceId)
    removedAtMs.set(deviceId, clock.nowMs())
    if (removedAtMs.size > REMOVALS) removedAtMs.delete(removedAtMs.keys().next().value!)
  }

  async function write(told: readonly DeviceDescription[]): Promise<void> {
    const refused = await writeAllButRefused(told, (some) => devices.describe(some))
    for (const { item, error } of refused) {
      logger.warn({ err: error, deviceId: item.deviceId }, 'what a device told of itself can’t be stored')
    }
  }

  return {
    /**
     * Brings devices into being that have told their status, and forgets those that were removed. What was only heard
     * has readings, and is no word of the device. Rejects like `describe`.
     */
    async note(records: readonly LogRecord<StatusRecord>[]): Promise<void> {
      const unknown = new Set<string>()
      for (const { value } of records) {
        if (value.cause === 'removed') {
          unknown.delete(value.deviceId)
          forget(value.deviceId)
        } else if (value.cause === 'reported' && !known.has(value.deviceId)) {
          unknown.add(value.deviceId)
        }
      }
      if (unknown.size === 0) return
      await write([...unknown].map((deviceId) => ({ deviceId })))
      for (const deviceId of unknown) remember(deviceId, { attributes: {} })
    },

    /** Others see from now on who is removed: nothing is known any more. */
    forgetAll(): void {
      known.clear()
    },

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
      await write(told)
      for (const [deviceId, change] of changes) remember(deviceId, change)
    },
  }
}
