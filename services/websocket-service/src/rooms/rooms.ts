import { READING_EVENTS, STATUS_EVENTS } from '@iot/contracts'
import type { Session } from '../sessions/session.js'
import type { Subscription } from './subscription.js'

/** Sessions that get an event under the same names: what is written for them is encoded and joined once. */
export interface Audience {
  readonly names: readonly string[]
  readonly sessions: readonly Session[]
}

/** Who gets the single events of a device. */
export interface Plan {
  readonly readings: readonly Audience[]
  readonly status: readonly Audience[]
}

/**
 * Who is subscribed to what. The hot path asks for a device's plan, which is made when it is first asked for
 * and forgotten when a subscription changes it; all devices without subscribers of their own share one.
 */
export class Rooms {
  readonly #ofDevice = new Map<string, Set<Subscription>>()
  readonly #ofAll = new Set<Subscription>()
  readonly #plans = new Map<string, Plan>()
  #sharedPlan: Plan | undefined

  add(subscription: Subscription): void {
    const { deviceId } = subscription
    if (deviceId === undefined) {
      this.#ofAll.add(subscription)
    } else {
      const room = this.#ofDevice.get(deviceId)
      if (room) room.add(subscription)
      else this.#ofDevice.set(deviceId, new Set([subscription]))
    }
    this.#forget(deviceId)
  }

  remove(subscription: Subscription): void {
    const { deviceId } = subscription
    if (deviceId === undefined) {
      this.#ofAll.delete(subscription)
    } else {
      const room = this.#ofDevice.get(deviceId)
      room?.delete(subscription)
      if (room?.size === 0) this.#ofDevice.delete(deviceId)
    }
    this.#forget(deviceId)
  }

  /** The same object as long as nothing changes: readings with one plan can be written together. */
  plan(deviceId: string): Plan {
    const room = this.#ofDevice.get(deviceId)
    if (!room) {
      this.#sharedPlan ??= makePlan(this.#ofAll, [])
      return this.#sharedPlan
    }
    let plan = this.#plans.get(deviceId)
    if (!plan) {
      plan = makePlan(this.#ofAll, room)
      this.#plans.set(deviceId, plan)
    }
    return plan
  }

  #forget(deviceId: string | undefined): void {
    if (deviceId !== undefined) {
      this.#plans.delete(deviceId)
      return
    }
    this.#plans.clear()
    this.#sharedPlan = undefined
  }
}

/** The names under which a session gets single events of a device, each once however many subscriptions match. */
export function eventsOf(session: Session, deviceId: string): { readings: string[]; status: string[] } {
  const matching = [...session.subscriptions.values()].filter(
    (one) => one.deviceId === undefined || one.deviceId === deviceId,
  )
  return {
    readings: READING_EVENTS.filter((name) => matching.some((one) => one.readingEvents.includes(name))),
    status: STATUS_EVENTS.filter((name) => matching.some((one) => one.statusEvents.includes(name))),
  }
}

function makePlan(ofAll: Iterable<Subscription>, ofDevice: Iterable<Subscription>): Plan {
  const readings = new Map<Session, Set<string>>()
  const status = new Map<Session, Set<string>>()
  for (const subscriptions of [ofAll, ofDevice]) {
    for (const { session, readingEvents, statusEvents } of subscriptions) {
      addNames(readings, session, readingEvents)
      addNames(status, session, statusEvents)
    }
  }
  return { readings: audiences(readings, READING_EVENTS), status: audiences(status, STATUS_EVENTS) }
}

function addNames(names: Map<Session, Set<string>>, session: Session, events: readonly string[]): void {
  if (events.length === 0) return
  const known = names.get(session)
  if (!known) names.set(session, new Set(events))
  else for (const event of events) known.add(event)
}

function audiences(names: ReadonlyMap<Session, ReadonlySet<string>>, order: readonly string[]): Audience[] {
  const grouped = new Map<string, { names: string[]; sessions: Session[] }>()
  for (const [session, wanted] of names) {
    const sorted = order.filter((name) => wanted.has(name))
    const key = sorted.join(' ')
    const audience = grouped.get(key)
    if (audience) audience.sessions.push(session)
    else grouped.set(key, { names: sorted, sessions: [session] })
  }
  return [...grouped.values()]
}
