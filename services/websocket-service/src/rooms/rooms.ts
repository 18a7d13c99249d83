import { READING_EVENTS, STATUS_EVENTS } from '@iot/contracts'
import type { Session } from '../sessions/session.js'
import { canSee } from './can-see.js'
import type { DeviceDirectory } from './device-directory.js'
import type { Scope } from './scope.js'
import type { Subscription } from './subscription.js'

/** Plans of sites that are kept; beyond it they are made again. */
const MAX_SITE_PLANS = 1_024

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

/** Subscribers to everything that they may see, with the same sites. */
interface Watchers {
  readonly scope: Scope
  readonly subscriptions: Set<Subscription>
}

/**
 * Who is subscribed to what, and may see it. The hot path asks for a device's plan, which is made when it is first
 * asked for and forgotten when a subscription or a move changes it. Devices without subscribers of their own share
 * one for each site that somebody is limited to, and one for all the others: where nobody is limited to sites, nobody
 * asks where a device is.
 */
export class Rooms {
  readonly #directory: Pick<DeviceDirectory, 'siteOf'>
  readonly #ofDevice = new Map<string, Set<Subscription>>()
  /** by the scope's key */
  readonly #watchers = new Map<string, Watchers>()
  /** sites that a watcher is limited to, with how many groups of watchers */
  readonly #watchedSites = new Map<string, number>()
  readonly #plans = new Map<string, Plan>()
  /** by watched site; undefined: all others */
  readonly #sitePlans = new Map<string | undefined, Plan>()

  constructor(directory: Pick<DeviceDirectory, 'siteOf'>) {
    this.#directory = directory
  }

  add(subscription: Subscription): void {
    const { deviceId } = subscription
    if (deviceId === undefined) {
      this.#addWatcher(subscription)
    } else {
      const room = this.#ofDevice.get(deviceId)
      if (room) room.add(subscription)
      else this.#ofDevice.set(deviceId, new Set([subscription]))
    }
    this.#forget(deviceId)
  }

  /** Before the session's scope changes: it is looked for where it was added. */
  remove(subscription: Subscription): void {
    const { deviceId } = subscription
    if (deviceId === undefined) {
      this.#removeWatcher(subscription)
    } else {
      const room = this.#ofDevice.get(deviceId)
      room?.delete(subscription)
      if (room?.size === 0) this.#ofDevice.delete(deviceId)
    }
    this.#forget(deviceId)
  }

  /** The devices are elsewhere now. Answers who has a subscription to one of them. */
  moved(deviceIds: Iterable<string>): Set<Session> {
    const sessions = new Set<Session>()
    for (const deviceId of deviceIds) {
      this.#plans.delete(deviceId)
      for (const { session } of this.#ofDevice.get(deviceId) ?? []) sessions.add(session)
    }
    return sessions
  }

  /** The same object as long as nothing changes: readings with one plan can be written together. */
  plan(deviceId: string): Plan {
    const room = this.#ofDevice.get(deviceId)
    if (!room) return this.#planOfSite(deviceId)
    let plan = this.#plans.get(deviceId)
    if (!plan) {
      plan = makePlan(this.#watchersOf(this.#directory.siteOf(deviceId)), this.#visible(room, deviceId))
      this.#plans.set(deviceId, plan)
    }
    return plan
  }

  #planOfSite(deviceId: string): Plan {
    let site: string | undefined
    if (this.#watchedSites.size > 0) {
      site = this.#directory.siteOf(deviceId)
      if (site !== undefined && !this.#watchedSites.has(site)) site = undefined
    }
    let plan = this.#sitePlans.get(site)
    if (!plan) {
      plan = makePlan(this.#watchersOf(site), [])
      if (this.#sitePlans.size >= MAX_SITE_PLANS) this.#sitePlans.clear()
      this.#sitePlans.set(site, plan)
    }
    return plan
  }

  /** Those who see every device, and those who see the site. */
  *#watchersOf(site: string | undefined): Iterable<Subscription> {
    for (const { scope, subscriptions } of this.#watchers.values()) {
      if (!scope.sites || (site !== undefined && scope.sites.has(site))) yield* subscriptions
    }
  }

  *#visible(room: Iterable<Subscription>, deviceId: string): Iterable<Subscription> {
    for (const one of room) if (canSee(this.#directory, one.session, deviceId)) yield one
  }

  #addWatcher(subscription: Subscription): void {
    const { scope } = subscription.session
    const group = this.#watchers.get(scope.key)
    if (group) {
      group.subscriptions.add(subscription)
      return
    }
    this.#watchers.set(scope.key, { scope, subscriptions: new Set([subscription]) })
    for (const site of scope.sites ?? []) {
      this.#watchedSites.set(site, (this.#watchedSites.get(site) ?? 0) + 1)
    }
  }

  #removeWatcher(subscription: Subscription): void {
    const { scope } = subscription.session
    const group = this.#watchers.get(scope.key)
    if (!group?.subscriptions.delete(subscription) || group.subscriptions.size > 0) return
    this.#watchers.delete(scope.key)
    for (const site of scope.sites ?? []) {
      const left = this.#watchedSites.get(site)! - 1
      if (left > 0) this.#watchedSites.set(site, left)
      else this.#watchedSites.delete(site)
    }
  }

  #forget(deviceId: string | undefined): void {
    if (deviceId !== undefined) {
      this.#plans.delete(deviceId)
      return
    }
    this.#plans.clear()
    this.#sitePlans.clear()
  }
}

/** The names under which a session gets single events of a device (if it may see it), each once however many subscriptions match. */
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
