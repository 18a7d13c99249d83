import type { AlertEvent } from '@iot/contracts'
import type { Session } from '../sessions/session.js'
import { createBundle, createFrame } from './frame.js'
import type { Tally } from './tally.js'

const NAMES = ['alert:system', 'system:alert'] as const

/**
 * Tells everyone connected here of an alert about the system. Who did what with it, and what was said of it, is the
 * administrators’ own: they have it by `alert`.
 */
export function tellSystemAlert(
  event: AlertEvent,
  { sessions, tally }: { sessions: Iterable<Session>; tally: Tally },
): void {
  if (event.transition === 'commented') return
  const json = JSON.stringify(publicPart(event))
  const bundle = createBundle(NAMES.map((name) => createFrame(name, json)))
  let written = 0
  for (const { link, outbox } of sessions) if (link.isOpen() && outbox.write(bundle)) written += 1
  for (const name of NAMES) tally.add(name, written, 0)
}

function publicPart({ by, comment, acknowledgedBy, shelvedBy, position, ...rest }: AlertEvent): AlertEvent {
  return rest
}
