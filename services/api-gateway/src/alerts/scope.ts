import { maySee } from '@iot/domain'
import type { DeviceStore } from '@iot/ports'
import { AppError } from '@iot/runtime'
import { invalid } from '../read-range.js'
import type { Viewer } from '../routes/devices.js'

/** What a rule or a window is about: a device, a site, or (a rule alone) everything. */
export interface Scope {
  readonly deviceId?: string
  readonly site?: string
}

type Devices = Pick<DeviceStore, 'get'>

/** Whether something of this scope exists for somebody; what is about everything exists for all. */
export async function isScopeVisible(
  devices: Devices,
  { deviceId, site }: Scope,
  { sites }: Viewer,
): Promise<boolean> {
  if (sites === undefined) return true
  if (deviceId !== undefined) return maySee(sites, (await devices.get(deviceId))?.site)
  return site === undefined || maySee(sites, site)
}

/**
 * Who is limited to sites decides over these alone. A device may be named before it is there, but not by them: it could
 * come to any site.
 */
export async function requireScope(devices: Devices, scope: Scope, viewer: Viewer): Promise<void> {
  if (viewer.sites === undefined) return
  if (scope.deviceId === undefined && scope.site === undefined) {
    throw new AppError(
      'FORBIDDEN',
      'This is about every device; you are limited to your sites: name a device or a site.',
    )
  }
  if (await isScopeVisible(devices, scope, viewer)) return
  if (scope.deviceId !== undefined) throw invalid('deviceId', 'is no device of your sites')
  throw invalid('site', `must be one of your sites: ${viewer.sites.join(', ')}`)
}
