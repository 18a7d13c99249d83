import type { Session } from '../sessions/session.js'
import { canSee, seesSite } from './can-see.js'
import type { DeviceDirectory, Moves } from './device-directory.js'
import type { Rooms } from './rooms.js'

/** A device of which somebody gets the events has gone out of their sight, or a subscribed one has come back into it. */
export interface SightChange {
  readonly session: Session
  readonly deviceId: string
  readonly visible: boolean
}

/** What the moves change for who watches the device or everything; to be asked before they are in force. */
export function sightChanges(
  { rooms, directory }: { rooms: Rooms; directory: Pick<DeviceDirectory, 'siteOf'> },
  moves: Moves,
): SightChange[] {
  const changes: SightChange[] = []
  for (const [deviceId, site] of moves) {
    for (const session of sessionsOf(rooms, deviceId)) {
      const { sites } = session.scope
      const visible = !sites || seesSite(sites, site)
      if (visible !== canSee(directory, session, deviceId)) changes.push({ session, deviceId, visible })
    }
  }
  return changes
}

/**
 * Those of the device and those who watch all that they see, it among that; each once. To whom watches all at its new
 * place its next event says that it is there: when all devices become known at once, that is no word for each.
 */
function sessionsOf(rooms: Rooms, deviceId: string): Set<Session> {
  const sessions = new Set(rooms.membersOf(deviceId).map(({ session }) => session))
  for (const { subscriptions } of rooms.limitedWatchersOf(deviceId)) {
    for (const { kind, session } of subscriptions) if (kind !== 'alerts') sessions.add(session)
  }
  return sessions
}

/** Behind all that they were sent of the device while they saw it, and before what they see of it now. */
export function tellSight(changes: readonly SightChange[]): void {
  for (const { session, deviceId, visible } of changes) {
    session.link.emit('device:visibility', { deviceId, visible })
  }
}
