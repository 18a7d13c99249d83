import type { Session } from '../sessions/session.js'
import { canSee, seesSite } from './can-see.js'
import type { DeviceDirectory, Moves } from './device-directory.js'
import type { Rooms } from './rooms.js'

/** A device that somebody is subscribed to has gone out of their sight, or come back into it. */
export interface SightChange {
  readonly session: Session
  readonly deviceId: string
  readonly visible: boolean
}

/** What the moves change for those who have subscriptions of their own; to be asked before the moves are in force. */
export function sightChanges(
  { rooms, directory }: { rooms: Rooms; directory: Pick<DeviceDirectory, 'siteOf'> },
  moves: Moves,
): SightChange[] {
  const changes: SightChange[] = []
  for (const [deviceId, site] of moves) {
    for (const { session } of rooms.membersOf(deviceId)) {
      const { sites } = session.scope
      const visible = !sites || seesSite(sites, site)
      if (visible !== canSee(directory, session, deviceId)) changes.push({ session, deviceId, visible })
    }
  }
  return changes
}

/** Behind all that they were sent of the device while they saw it, and before what they see of it now. */
export function tellSight(changes: readonly SightChange[]): void {
  for (const { session, deviceId, visible } of changes) {
    session.link.emit('device:visibility', { deviceId, visible })
  }
}
