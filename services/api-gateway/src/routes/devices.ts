import {
  type AccessClaims,
  Device,
  DeviceChange,
  DeviceCreation,
  DeviceId,
  DevicePage,
  DevicesQuery,
  isDeviceId,
  PAGE_LIMIT,
  type StatusRecord,
  TOPICS,
} from '@iot/contracts'
import { fieldFault, maySee, parseDuration } from '@iot/domain'
import type {
  Clock,
  DeviceRow,
  DeviceState,
  DeviceStore,
  EventLog,
  FleetChannel,
  LiveState,
} from '@iot/ports'
import { AppError, type Logger } from '@iot/runtime'
import { type Static, Type } from 'typebox'
import type { Auditor } from '../audit.js'
import { createCursor } from '../cursor.js'
import { invalidFields } from '../invalid-fields.js'
import { presentDevice } from '../present/present-device.js'
import { toTimestamp } from '../present/to-timestamp.js'
import { type Route, route } from '../route.js'
import { tellCredentialsRemoved } from '../tell-credentials-removed.js'
import { untilArchived } from '../until-archived.js'

export interface DeviceDeps {
  readonly devices: DeviceStore
  readonly state: LiveState
}

interface DeviceRouteDeps extends DeviceDeps {
  readonly log: Pick<EventLog, 'append' | 'ranges' | 'committed'>
  readonly clock: Clock
  readonly auditor: Auditor
  readonly channel: Pick<FleetChannel, 'send'>
  readonly logger: Logger
}

export const DeviceParams = Type.Object({ deviceId: DeviceId })

/** Rows looked at in one step, and steps at most, while a page is filled with devices of one status. */
const SCAN_ROWS = 1_000
const SCAN_STEPS = 20
/** A device that is heard of more rarely is watched by nobody. */
const MAX_INTERVAL_MS = 30 * 86_400_000

const cursor = createCursor(Type.Tuple([DeviceId]))

export function deviceRoutes(deps: DeviceRouteDeps): Route[] {
  return [listDevices(deps), createDevice(deps), getDevice(deps), changeDevice(deps), removeDevice(deps)]
}

export function noDevice(deviceId: string): AppError {
  return new AppError('NOT_FOUND', `There is no device ${deviceId}.`)
}

/** Who asks, as far as it matters for what exists for them. */
export type Viewer = Pick<AccessClaims, 'sites'>

/** A device that the viewer may not see does not exist for them. */
export async function requireDevice(
  devices: DeviceStore,
  deviceId: string,
  { sites }: Viewer,
): Promise<DeviceRow> {
  const row = await devices.get(deviceId)
  if (!row || !maySee(sites, row.site)) throw noDevice(deviceId)
  return row
}

/** Who is limited to sites puts devices into these sites alone: elsewhere they would be gone for them. */
function requireOwnSite({ sites }: Viewer, site: string | null | undefined): void {
  if (maySee(sites, site ?? undefined)) return
  throw invalidFields([fieldFault('site', 'NOT_YOUR_SITE', { sites: (sites ?? []).join(', ') })])
}

function readInterval(text: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined && ms <= MAX_INTERVAL_MS) return ms
  throw invalidFields([fieldFault('expectedInterval', 'DURATION_TOO_LONG', { limit: '30d' })])
}

function noteDevice(
  auditor: Auditor,
  { username }: Pick<AccessClaims, 'username'>,
  what: 'created' | 'changed' | 'removed',
  { deviceId, ...detail }: { deviceId: string },
): Promise<void> {
  const target = { type: 'device', id: deviceId }
  return auditor.note({ actor: username, action: `device.${what}`, target, detail })
}

/** The states of devices, by id; devices nothing is known of are left out. */
async function statesOf(state: LiveState, rows: readonly DeviceRow[]): Promise<Map<string, DeviceState>> {
  const states = await state.get(rows.map((row) => row.deviceId))
  return new Map(states.map((one) => [one.deviceId, one]))
}

function listDevices({ devices, state }: DeviceDeps): Route {
  return route(
    {
      method: 'GET',
      path: '/api/devices',
      summary: 'Devices in order of their id, with their sensors and newest readings',
      tag: 'devices',
      access: 'user',
      query: DevicesQuery,
      status: 200,
      answer: DevicePage,
      errors: ['BAD_CURSOR'],
    },
    async ({ query, caller }) => {
      const after = cursor.read(query.cursor)?.[0]
      const { items, end } = await fillPage({ devices, state }, query, caller, after)
      return { body: { items, ...(end !== undefined && { nextCursor: cursor.write([end]) }) } }
    },
  )
}

/**
 * Status is known live and the rest is stored, so with a status the stored devices are gone through until
 * the page is full. `end` is where the next page goes on; where the bound on steps is met a page is short.
 */
async function fillPage(
  { devices, state }: DeviceDeps,
  query: Static<typeof DevicesQuery>,
  { sites }: Viewer,
  start: string | undefined,
): Promise<{ items: Device[]; end?: string }> {
  const { limit = PAGE_LIMIT.default, status, search, site, tag } = query
  const filter = {
    ...(search !== undefined && { search }),
    ...(site !== undefined && { site }),
    ...(tag !== undefined && { tag }),
    ...(sites && { sites }),
  }
  const rowsAtOnce = status === undefined ? limit + 1 : SCAN_ROWS
  const items: Device[] = []
  let after = start
  for (let step = 0; step < SCAN_STEPS; step++) {
    const rows = await devices.list({ ...filter, limit: rowsAtOnce, ...(after !== undefined && { after }) })
    const states = await statesOf(state, rows)
    for (const row of rows) {
      const device = presentDevice(row, states.get(row.deviceId))
      if (status !== undefined && device.status !== status) continue
      if (items.length === limit) return { items, end: items.at(-1)!.deviceId }
      items.push(device)
    }
    if (rows.length < rowsAtOnce) return { items }
    after = rows.at(-1)!.deviceId
  }
  return { items, ...(after !== undefined && { end: after }) }
}

function createDevice({ devices, auditor }: DeviceRouteDeps): Route {
  return route(
    {
      method: 'POST',
      path: '/api/devices',
      summary: 'Make a device before it has sent anything',
      tag: 'devices',
      access: 'operator',
      body: DeviceCreation,
      status: 201,
      answer: Device,
      errors: ['CONFLICT'],
    },
    async ({ body, caller }) => {
      if (!isDeviceId(body.deviceId)) {
        throw new AppError('VALIDATION_FAILED', `No device may be called ${body.deviceId}.`, {
          errors: [fieldFault('deviceId', 'RESERVED_NAME')],
        })
      }
      requireOwnSite(caller, body.site)
      const { expectedInterval: interval, ...device } = body
      const row = await devices.create({
        ...device,
        ...(interval !== undefined && { expectedIntervalMs: readInterval(interval) }),
      })
      if (!row) throw new AppError('CONFLICT', `There is a device ${body.deviceId} already.`)
      await noteDevice(auditor, caller, 'created', body)
      return { body: presentDevice(row, undefined) }
    },
  )
}

function getDevice({ devices, state }: DeviceDeps): Route {
  return route(
    {
      method: 'GET',
      path: '/api/devices/{deviceId}',
      summary: 'A device',
      tag: 'devices',
      access: 'user',
      params: DeviceParams,
      status: 200,
      answer: Device,
      errors: ['NOT_FOUND'],
    },
    async ({ params, caller }) => {
      const row = await requireDevice(devices, params.deviceId, caller)
      const states = await statesOf(state, [row])
      return { body: presentDevice(row, states.get(row.deviceId)) }
    },
  )
}

function changeDevice({ devices, state, auditor }: DeviceRouteDeps): Route {
  return route(
    {
      method: 'PATCH',
      path: '/api/devices/{deviceId}',
      summary:
        'Change name, place, tags and expected interval of a device; null takes a place or the interval away',
      tag: 'devices',
      access: 'operator',
      params: DeviceParams,
      body: DeviceChange,
      status: 200,
      answer: Device,
      errors: ['NOT_FOUND'],
    },
    async ({ params, body, caller }) => {
      await requireDevice(devices, params.deviceId, caller)
      if (body.site !== undefined) requireOwnSite(caller, body.site)
      const { expectedInterval: interval, ...change } = body
      const row = await devices.change(params.deviceId, {
        ...change,
        ...(interval !== undefined && {
          expectedIntervalMs: interval === null ? null : readInterval(interval),
        }),
      })
      if (!row) throw noDevice(params.deviceId)
      await noteDevice(auditor, caller, 'changed', { deviceId: row.deviceId, ...body })
      const states = await statesOf(state, [row])
      return { body: presentDevice(row, states.get(row.deviceId)) }
    },
  )
}

function removeDevice(deps: DeviceRouteDeps): Route {
  const { devices, log, clock, auditor } = deps
  return route(
    {
      method: 'DELETE',
      path: '/api/devices/{deviceId}',
      summary: 'Remove a device with its readings and credentials',
      tag: 'devices',
      access: 'admin',
      params: DeviceParams,
      status: 204,
      errors: ['NOT_FOUND'],
    },
    async ({ params, caller }) => {
      const { deviceId } = await requireDevice(devices, params.deviceId, caller)
      // First: what it sent over a connection that is still open would make it anew.
      for (const { id } of await devices.listCredentials(deviceId))
        await devices.removeCredential(deviceId, id)
      await tellCredentialsRemoved(deps, deviceId)
      const timestamp = toTimestamp(clock.nowMs())
      const record: StatusRecord = { deviceId, status: 'offline', timestamp, cause: 'removed' }
      // Said before it is done: where the second fails, the request can be made again.
      const { partition } = await log.append(TOPICS.deviceStatus, deviceId, record)
      await untilArchived(log, partition)
      if (!(await devices.remove(deviceId))) throw noDevice(deviceId)
      await noteDevice(auditor, caller, 'removed', { deviceId })
      return { body: undefined }
    },
  )
}
