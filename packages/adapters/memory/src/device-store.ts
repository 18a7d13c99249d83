import { randomUUID } from 'node:crypto'
import type {
  BrokerLogin,
  Clock,
  CredentialRow,
  DeviceQuery,
  DeviceRow,
  DeviceSite,
  DeviceStore,
} from '@iot/ports'

interface Kept {
  deviceId: string
  name?: string
  /** set by a person; goes before what the device told */
  location?: string
  toldLocation?: string
  site?: string
  tags: string[]
  attributes: Record<string, string>
  expectedIntervalMs?: number
  createdAtMs: number
}

/**
 * Devices in memory, for unit tests. Sensors come from readings, which this store does not see: a test
 * tells them by `sensors`.
 */
export function createMemoryDeviceStore(options: {
  clock: Clock
  sensors?: (deviceId: string) => { sensorType: string; unit?: string; refused?: number }[]
}): DeviceStore {
  const devices = new Map<string, Kept>()
  const credentials = new Map<string, CredentialRow>()
  /** by username */
  const verifiers = new Map<string, string>()
  const sensorsOf = options.sensors ?? (() => [])

  function newDevice(deviceId: string): Kept {
    const kept: Kept = { deviceId, tags: [], attributes: {}, createdAtMs: options.clock.nowMs() }
    devices.set(deviceId, kept)
    return kept
  }

  function brokerLogins(): BrokerLogin[] {
    return [...credentials.values()]
      .flatMap(({ username, deviceId, kind }) => {
        const verifier = verifiers.get(username)
        return verifier === undefined ? [] : [{ username, verifier, deviceId, kind }]
      })
      .sort((a, b) => (a.username < b.username ? -1 : 1))
  }

  function toRow(kept: Kept): DeviceRow {
    const sensors = sensorsOf(kept.deviceId)
    const location = kept.location ?? kept.toldLocation
    return {
      deviceId: kept.deviceId,
      name: kept.name ?? kept.deviceId,
      ...(location !== undefined && { location }),
      ...(kept.site !== undefined && { site: kept.site }),
      tags: [...kept.tags],
      attributes: { ...kept.attributes },
      ...(kept.expectedIntervalMs !== undefined && { expectedIntervalMs: kept.expectedIntervalMs }),
      createdAtMs: kept.createdAtMs,
      sensors: sensors.map(({ sensorType, unit }) => ({ sensorType, ...(unit !== undefined && { unit }) })),
      refusedValues: sensors.reduce((sum, sensor) => sum + (sensor.refused ?? 0), 0),
    }
  }

  function sorted(after: string | undefined): Kept[] {
    return [...devices.values()]
      .filter((kept) => after === undefined || kept.deviceId > after)
      .sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1))
  }

  function sites(after?: string): DeviceSite[] {
    return sorted(after)
      .filter((kept) => hasOwnName(kept) || kept.site !== undefined || kept.expectedIntervalMs !== undefined)
      .map(({ deviceId, name, site, expectedIntervalMs }) => ({
        deviceId,
        ...(hasOwnName({ deviceId, name }) && { name }),
        ...(site !== undefined && { site }),
        ...(expectedIntervalMs !== undefined && { expectedIntervalMs }),
      }))
  }

  return {
    async list(query) {
      return sorted(query.after)
        .map(toRow)
        .filter((row) => matches(row, query))
        .slice(0, query.limit)
    },
    async get(deviceId) {
      const kept = devices.get(deviceId)
      return kept && toRow(kept)
    },
    async create(device) {
      if (devices.has(device.deviceId)) return undefined
      const kept = newDevice(device.deviceId)
      Object.assign(kept, device, { tags: [...(device.tags ?? [])] })
      return toRow(kept)
    },
    async change(deviceId, change) {
      const kept = devices.get(deviceId)
      if (!kept) return undefined
      if (change.name !== undefined) kept.name = change.name
      if (change.location !== undefined) kept.location = change.location ?? undefined
      if (change.site !== undefined) kept.site = change.site ?? undefined
      if (change.tags !== undefined) kept.tags = [...change.tags]
      if (change.expectedIntervalMs !== undefined) {
        kept.expectedIntervalMs = change.expectedIntervalMs ?? undefined
      }
      return toRow(kept)
    },
    async remove(deviceId) {
      for (const one of credentials.values()) if (one.deviceId === deviceId) credentials.delete(one.username)
      return devices.delete(deviceId)
    },
    count: async ({ sites } = {}) =>
      [...devices.values()].filter(({ site }) => !sites || (site !== undefined && sites.includes(site)))
        .length,
    async describe(told) {
      for (const { deviceId, location, attributes } of told) {
        const kept = devices.get(deviceId) ?? newDevice(deviceId)
        if (location !== undefined) kept.toldLocation = location
        Object.assign(kept.attributes, attributes)
      }
    },
    async listSensors({ after, limit }) {
      return sorted(after)
        .slice(0, limit)
        .map(({ deviceId }) => ({
          deviceId,
          sensorTypes: sensorsOf(deviceId).map((sensor) => sensor.sensorType),
        }))
    },
    async createCredential({ brokerVerifier, ...credential }) {
      if (!devices.has(credential.deviceId)) newDevice(credential.deviceId)
      const row = { ...credential, id: randomUUID(), createdAtMs: options.clock.nowMs() }
      credentials.set(row.username, row)
      if (brokerVerifier !== undefined) verifiers.set(row.username, brokerVerifier)
      return row
    },
    async listCredentials(deviceId) {
      return [...credentials.values()].filter((one) => one.deviceId === deviceId)
    },
    async removeCredential(deviceId, credentialId) {
      const row = [...credentials.values()].find(
        (one) => one.id === credentialId && one.deviceId === deviceId,
      )
      return row ? credentials.delete(row.username) : false
    },
    findCredential: async (username) => credentials.get(username),
    async keptCredentials(credentialIds) {
      const kept = new Set([...credentials.values()].map(({ id }) => id))
      return credentialIds.filter((id) => kept.has(id))
    },
    async listBrokerLogins({ after, limit }) {
      return brokerLogins()
        .filter(({ username }) => after === undefined || username > after)
        .slice(0, limit)
    },
    brokerLoginsVersion: async () => JSON.stringify(brokerLogins()),
    listSites: async ({ after, limit }) => sites(after).slice(0, limit),
    sitesVersion: async () => JSON.stringify(sites()),
  }
}

function hasOwnName({ deviceId, name }: { deviceId: string; name?: string | undefined }): boolean {
  return name !== undefined && name !== deviceId
}

function matches(row: DeviceRow, query: DeviceQuery): boolean {
  if (query.deviceIds && !query.deviceIds.includes(row.deviceId)) return false
  if (query.sites && (row.site === undefined || !query.sites.includes(row.site))) return false
  if (query.site !== undefined && row.site !== query.site) return false
  if (query.tag !== undefined && !row.tags.includes(query.tag)) return false
  if (!query.search) return true
  const wanted = query.search.toLowerCase()
  return [row.deviceId, row.name, row.location, row.site, ...row.tags].some((text) =>
    text?.toLowerCase().includes(wanted),
  )
}
