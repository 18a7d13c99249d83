import { isDeviceId } from '@iot/contracts'
import { AppError } from '@iot/runtime'
import type { Session } from '../sessions/session.js'
import type { DeviceDirectory } from './device-directory.js'

/**
 * May this session know of a device? Who is not limited to sites sees every device, and can ask for those that
 * have not published yet like for others: nobody learns from the answer which exist. Who is sees those that are known
 * to be there.
 */
export function canSee(
  directory: Pick<DeviceDirectory, 'siteOf'>,
  { scope: { sites } }: Pick<Session, 'scope'>,
  deviceId: string,
): boolean {
  return !sites || seesSite(sites, directory.siteOf(deviceId))
}

/** May who is limited to these sites know of what is at that one? */
export function seesSite(sites: ReadonlySet<string>, site: string | undefined): boolean {
  return site !== undefined && sites.has(site)
}

/** Throws for an id that no device can have, and, as if there were none, for a device out of sight. */
export function requireVisible(
  directory: Pick<DeviceDirectory, 'siteOf'>,
  session: Pick<Session, 'scope'>,
  deviceId: string,
): void {
  if (!isDeviceId(deviceId)) throw new AppError('VALIDATION_FAILED', 'argument 1: no device can have this id')
  if (!canSee(directory, session, deviceId)) throw new AppError('NOT_FOUND', 'There is no such device')
}
