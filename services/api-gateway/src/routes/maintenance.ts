import {
  MaintenanceWindow,
  MaintenanceWindowPage,
  MaintenanceWindowRequest,
  MaintenanceWindowsQuery,
  PAGE_LIMIT,
} from '@iot/contracts'
import { maySee, windowFaults } from '@iot/domain'
import { type AlertRuleStore, type Clock, type DeviceStore, MAX_MAINTENANCE_WINDOWS } from '@iot/ports'
import { AppError } from '@iot/runtime'
import { Type } from 'typebox'
import { isScopeVisible, requireScope } from '../alerts/scope.js'
import type { Auditor } from '../audit.js'
import { createCursor } from '../cursor.js'
import { refuseFaults } from '../invalid-fields.js'
import { type Route, route } from '../route.js'

interface MaintenanceDeps {
  readonly rules: Pick<AlertRuleStore, 'listWindows' | 'createWindow' | 'getWindow' | 'removeWindow'>
  readonly devices: Pick<DeviceStore, 'get' | 'list'>
  readonly auditor: Auditor
  readonly clock: Clock
}

/** Windows looked at in one step. */
const WINDOWS_AT_ONCE = 1_000

const WindowId = Type.String({ minLength: 1, maxLength: 64 })
const cursor = createCursor(Type.Tuple([WindowId]))

export function maintenanceRoutes(deps: MaintenanceDeps): Route[] {
  return [listWindows(deps), createWindow(deps), removeWindow(deps)]
}

function listWindows(deps: MaintenanceDeps): Route {
  return route(
    {
      method: 'GET',
      path: '/api/maintenance-windows',
      summary: 'Maintenance windows that are not over',
      tag: 'alerts',
      access: 'user',
      query: MaintenanceWindowsQuery,
      status: 200,
      answer: MaintenanceWindowPage,
      errors: ['BAD_CURSOR'],
    },
    async ({ query, caller }) => {
      const limit = query.limit ?? PAGE_LIMIT.default
      const found = await visibleWindows(deps, caller.sites, cursor.read(query.cursor)?.[0], limit + 1)
      const items = found.slice(0, limit)
      const last = found.length > limit ? items.at(-1) : undefined
      return { body: { items, ...(last && { nextCursor: cursor.write([last.id]) }) } }
    },
  )
}

/** There are `MAX_MAINTENANCE_WINDOWS` at most, so going through them ends soon. */
async function visibleWindows(
  { rules, devices, clock }: MaintenanceDeps,
  sites: readonly string[] | undefined,
  start: string | undefined,
  wanted: number,
): Promise<MaintenanceWindow[]> {
  const nowMs = clock.nowMs()
  const found: MaintenanceWindow[] = []
  let after = start
  for (;;) {
    const windows = await rules.listWindows({
      nowMs,
      limit: WINDOWS_AT_ONCE,
      ...(after !== undefined && { after }),
    })
    found.push(...(sites ? await ofSites(devices, windows, sites) : windows))
    if (found.length >= wanted || windows.length < WINDOWS_AT_ONCE) return found.slice(0, wanted)
    after = windows.at(-1)!.id
  }
}

async function ofSites(
  devices: Pick<DeviceStore, 'list'>,
  windows: readonly MaintenanceWindow[],
  sites: readonly string[],
): Promise<MaintenanceWindow[]> {
  const deviceIds = [...new Set(windows.flatMap(({ deviceId }) => deviceId ?? []))]
  const rows = deviceIds.length > 0 ? await devices.list({ deviceIds, sites, limit: deviceIds.length }) : []
  const visible = new Set(rows.map(({ deviceId }) => deviceId))
  return windows.filter(({ deviceId, site }) =>
    deviceId === undefined ? maySee(sites, site) : visible.has(deviceId),
  )
}

function createWindow({ rules, devices, auditor, clock }: MaintenanceDeps): Route {
  return route(
    {
      method: 'POST',
      path: '/api/maintenance-windows',
      summary:
        'Say that a device or a site is under maintenance for a while: no alert opens there. In force in 2 s',
      tag: 'alerts',
      access: 'operator',
      body: MaintenanceWindowRequest,
      status: 201,
      answer: MaintenanceWindow,
      errors: ['LIMIT_REACHED'],
    },
    async ({ body, caller }) => {
      refuseFaults(windowFaults(body, clock.nowMs()))
      await requireScope(devices, body, caller)
      const window = await rules.createWindow(body, caller.username)
      if (!window) {
        throw new AppError(
          'LIMIT_REACHED',
          `There are ${MAX_MAINTENANCE_WINDOWS} windows that are not over: remove some first.`,
        )
      }
      await auditor.note({
        actor: caller.username,
        action: 'maintenance.planned',
        target: { type: 'maintenance', id: window.id },
        detail: { ...body },
      })
      return { body: window }
    },
  )
}

function removeWindow({ rules, devices, auditor }: MaintenanceDeps): Route {
  return route(
    {
      method: 'DELETE',
      path: '/api/maintenance-windows/{id}',
      summary: 'Take a maintenance window away, also one that has begun',
      tag: 'alerts',
      access: 'operator',
      params: Type.Object({ id: WindowId }),
      status: 204,
      errors: ['NOT_FOUND'],
    },
    async ({ params: { id }, caller }) => {
      const window = await rules.getWindow(id)
      const isThere = window && (await isScopeVisible(devices, window, caller))
      if (!isThere || !(await rules.removeWindow(id))) {
        throw new AppError('NOT_FOUND', 'There is no such maintenance window.')
      }
      const { deviceId, site, from, to } = window
      await auditor.note({
        actor: caller.username,
        action: 'maintenance.ended',
        target: { type: 'maintenance', id },
        detail: {
          ...(deviceId !== undefined && { deviceId }),
          ...(site !== undefined && { site }),
          from,
          to,
        },
      })
      return { body: undefined }
    },
  )
}
