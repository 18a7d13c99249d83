import type { Session } from '../sessions/session.js'
import type { Earlier } from '../window/heads.js'

/** How far a session has been sent everything: what waits in an open batch window has not. */
export function sentTo({ lanes, alertLane }: Pick<Session, 'lanes' | 'alertLane'>): Earlier {
  const [first, ...others] = lanes
  const oldest = others.reduce((one, lane) => (one && one.cursor < lane.cursor ? one : lane), first)
  return { readings: oldest?.upTo, alerts: alertLane?.upTo }
}
