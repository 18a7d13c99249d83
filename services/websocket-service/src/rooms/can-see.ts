import { isDeviceId } from '@iot/contracts'
import { AppError } from '@iot/runtime'
import type { Session } from '../sessions/session.js'

/**
 * May this session know of a device? Every role sees every device. Devices that have not published yet can be
 * asked for like others: nobody learns from the answer which exist.
 */
export function canSee(_session: Session, _deviceId: string): boolean {
  return true
}

/** Throws for an id that no device can have, and, as if there were none, for a device out of sight. */
export function requireVisible(session: Session, deviceId: string): void {
  if (!isDeviceId(deviceId)) throw new AppError('VALIDATION_FAILED', 'argument 1: no device can have this id')
  if (!canSee(session, deviceId)) throw new AppError('NOT_FOUND', 'There is no such device')
}
