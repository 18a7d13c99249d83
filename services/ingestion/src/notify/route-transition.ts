import type { AlertEvent, CHANNEL_TRANSITIONS } from '@iot/contracts'
import { parseDuration, Schedule } from '@iot/domain'
import type { ChannelRow, DeliveryLane, NewDeliveryItem } from '@iot/ports'
import type { CountedTransition } from './count-transitions.js'

type Told = (typeof CHANNEL_TRANSITIONS)[number]

const DEFAULT_TRANSITIONS: readonly Told[] = ['opened', 'closed']
/** What flaps is told of in one message per channel and so long. */
const FLAPPING_SPACING_MS = 900_000
/** Where quiet hours never end, what is held still comes once a week. */
const LONGEST_HOLD_MS = 7 * 86_400_000

/** A channel, ready to be asked about many transitions. */
export interface ChannelRouter {
  /** What it is told of a transition and when; undefined: nothing. */
  route(transition: CountedTransition, nowMs: number): NewDeliveryItem | undefined
}

export function createChannelRouter(channel: ChannelRow): ChannelRouter {
  const { id: channelId, route, group, quietCritical } = channel
  const groupMs = parseDuration(group) ?? 0
  const quiet = channel.quietHours && new Schedule(channel.quietHours)
  const transitions = new Set<Told>(route.transitions ?? DEFAULT_TRANSITIONS)

  function fits({ severity, type, site }: AlertEvent): boolean {
    return (
      (route.severities?.includes(severity) ?? true) &&
      (route.types?.includes(type) ?? true) &&
      (route.sites === undefined || (site !== undefined && route.sites.includes(site)))
    )
  }

  function turnOf(
    event: AlertEvent,
    nowMs: number,
  ): { lane: DeliveryLane; dueMs: number; spacingMs?: number } {
    const isHeld = quiet?.includes(nowMs) && (event.severity !== 'critical' || quietCritical)
    if (isHeld) return { lane: 'quiet', dueMs: Math.min(quiet!.nextEnd(nowMs), nowMs + LONGEST_HOLD_MS) }
    const dueMs = nowMs + groupMs
    if (event.flapping) return { lane: 'flapping', dueMs, spacingMs: FLAPPING_SPACING_MS }
    return { lane: 'prompt', dueMs }
  }

  return {
    route(transition, nowMs) {
      const told = toldAs(transition)
      if (!told || !transitions.has(told)) return undefined
      const event = eventOf(transition)
      return fits(event) ? { channelId, event, ...turnOf(event, nowMs) } : undefined
    },
  }
}

/** As what a transition is told. Of one on the shelf nobody hears until it is taken down. */
function toldAs({ record: { transition, alert }, wasShelved }: CountedTransition): Told | undefined {
  switch (transition) {
    case 'opened':
    case 'acknowledged':
      return transition
    case 'closed':
      return wasShelved ? undefined : 'closed'
    case 'unshelved':
      // It is there again, unless somebody has it.
      return alert.state === 'open' ? 'opened' : undefined
    default:
      return undefined
  }
}

function eventOf({ record: { alert, transition, by, comment } }: CountedTransition): AlertEvent {
  return {
    ...alert,
    transition,
    ...(by !== undefined && { by }),
    ...(comment !== undefined && { comment }),
  }
}
