import type { Session } from '../sessions/session.js'

/**
 * May this session know of a device? Every role sees every device. Devices that have not published yet can be
 * asked for like others: nobody learns from the answer which exist.
 */
export function canSee(_session: Session, _deviceId: string): boolean {
  return true
}
