import { SystemStatus } from '@iot/contracts'
import { type Clock, type DeviceStore, type LiveState, StoreUnavailable } from '@iot/ports'
import { worstHealth } from '@iot/runtime'
import type { ActiveAlerts } from '../alerts/active-alerts.js'
import { toTimestamp } from '../present/to-timestamp.js'
import { type Route, route } from '../route.js'
import type { SystemView } from '../system-view.js'
import type { VisibleStates } from '../visible-states.js'

interface SystemDeps {
  readonly system: SystemView
  readonly state: LiveState
  readonly devices: DeviceStore
  readonly visible: VisibleStates
  readonly activeAlerts: ActiveAlerts
  readonly clock: Clock
  readonly version: string
}

export function systemRoutes(deps: SystemDeps): Route[] {
  return [systemStatus(deps)]
}

function systemStatus(deps: SystemDeps): Route {
  const { system, state, devices, visible, clock, version } = deps

  /** The store knows the devices that never sent too; while it is away, those that did are what is known. */
  async function countAll() {
    const { online, total } = await state.counts()
    return { online, total: await countDevices(devices, total) }
  }

  return route(
    {
      method: 'GET',
      path: '/api/system/status',
      summary:
        'Health of the services, and the key figures; devices and alerts are those that exist for the caller, points per minute all',
      tag: 'system',
      access: 'user',
      status: 200,
      answer: SystemStatus,
    },
    async ({ caller: { sites } }) => {
      const [services, counts, rate, activeAlerts] = await Promise.all([
        system.services(),
        sites ? visible.count(sites) : countAll(),
        state.rate(),
        deps.activeAlerts.count(sites),
      ])
      return {
        body: {
          status: worstHealth(Object.values(services)),
          timestamp: toTimestamp(clock.nowMs()),
          uptime: process.uptime(),
          version,
          services,
          metrics: {
            activeDevices: counts.online,
            totalDevices: counts.total,
            dataPointsPerMinute: rate.readingsPerMinute,
            activeAlerts,
          },
        },
      }
    },
  )
}

async function countDevices(devices: DeviceStore, heardOf: number): Promise<number> {
  try {
    return await devices.count()
  } catch (error) {
    if (error instanceof StoreUnavailable) return heardOf
    throw error
  }
}
