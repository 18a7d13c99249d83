import type { LiveKind } from '@iot/contracts'
import type { Session } from '../sessions/session.js'
import { canSee } from './can-see.js'
import type { DeviceDirectory } from './device-directory.js'
import type { Scope } from './scope.js'
import { SINGLE_EVENTS, type Subscription } from './subscription.js'

/** Sessions that get an event under the same names: what is written for them is encoded and joined once. */
export interface Audience {
  readonly names: readonly string[]
  readonly sessions: readonly Session[]
}

/** Who gets the single events of one device, or of all that a group of watchers sees. */
export type Plan = Readonly<Record<LiveKind, readonly Audience[]>>

/** Subscribers to everything that they may see, with the same sites: a session is in one such group. */
export class Watchers {
  readonly scope: Scope
  readonly subscriptions = new Set<Subscription>()
  #plan: Plan | undefined

  constructor(scope: Scope) {
    this.scope = scope
  }

  get plan(): Plan {
    this.#plan ??= makePlan(this.subscriptions, [])
    return this.#plan
  }

  forget(): void {
    this.#plan = undefined
  }
}

const NOBODY: Iterable<Watchers> = []
const NO_MEMBERS: readonly Subscription[] = []

/**
 * The subscribers of one device. An array, in which who leaves gives their place to the last: half the memory of a set.
 */
class Room {
  readonly members: Subscription[] = []
  /** made when it is first asked for, and again when other watchers may belong to it */
  plan: Plan | undefined
  planGeneration = 0

  add(subscription: Subscription): void {
    subscription.at = this.members.push(subscription) - 1
    this.plan = undefined
  }

  /** Answers whether it was there. */
  remove(subscription: Subscription): boolean {
    const { at } = subscription
    if (this.members[at] !== subscription) return false
    const last = this.members.pop()!
    if (last !== subscription) {
      this.members[at] = last
      last.at = at
    }
    this.plan = undefined
    return true
  }
}

/**
 * Who is subscribed to what, and may see it. The hot path asks for a device's plan, which is made when it is first asked
 * for and forgotten when a subscription or a move changes it; devices without subscribers of their own have none, and
 * go to the groups of watchers who see them. Where nobody is limited to sites, nobody asks where a device is.
 */
export class Rooms {
  readonly #directory: Pick<DeviceDirectory, 'siteOf'>
  readonly #ofDevice = new Map<string, Room>()
  /** by the scope's key */
  readonly #watchers = new Map<string, Watchers>()
  /** by site: those who are limited to it and perhaps some more */
  readonly #watchersAt = new Map<string, Set<Watchers>>()
  /** of watchers: plans of an earlier one are not in force */
  #generation = 0
  /** subscriptions that get readings one by one */
  #readers = 0
  /** the watchers who see every device */
  everyone: Watchers | undefined

  constructor(directory: Pick<DeviceDirectory, 'siteOf'>) {
    this.#directory = directory
  }

  /** Does anybody get readings one by one? */
  get hasReaders(): boolean {
    return this.#readers > 0
  }

  add(subscription: Subscription): void {
    const { deviceId } = subscription
    if (isReader(subscription)) this.#readers += 1
    if (deviceId === undefined) {
      this.#addWatcher(subscription)
      return
    }
    let room = this.#ofDevice.get(deviceId)
    if (!room) {
      room = new Room()
      this.#ofDevice.set(deviceId, room)
    }
    room.add(subscription)
  }

  /** Before the session's scope changes: it is looked for where it was added. */
  remove(subscription: Subscription): void {
    const { deviceId } = subscription
    if (deviceId === undefined) {
      this.#removeWatcher(subscription)
      return
    }
    const room = this.#ofDevice.get(deviceId)
    if (!room?.remove(subscription)) return
    this.#forgetReader(subscription)
    if (room.members.length === 0) this.#ofDevice.delete(deviceId)
  }

  /** The devices are elsewhere now. Answers who has a subscription to one of them. */
  moved(deviceIds: Iterable<string>): Set<Session> {
    const sessions = new Set<Session>()
    for (const deviceId of deviceIds) {
      const room = this.#ofDevice.get(deviceId)
      if (!room) continue
      room.plan = undefined
      for (const { session } of room.members) sessions.add(session)
    }
    return sessions
  }

  /** The subscriptions to one device, also of those who can't see it now. */
  membersOf(deviceId: string): readonly Subscription[] {
    return this.#ofDevice.get(deviceId)?.members ?? NO_MEMBERS
  }

  /** Of a device that has subscribers of its own: who gets its events, watchers too. The same object until something changes. */
  plan(deviceId: string): Plan | undefined {
    const room = this.#ofDevice.get(deviceId)
    if (!room) return undefined
    if (!room.plan || room.planGeneration !== this.#generation) {
      room.plan = makePlan(this.#watchersOf(deviceId), this.#visible(room.members, deviceId))
      room.planGeneration = this.#generation
    }
    return room.plan
  }

  get hasLimitedWatchers(): boolean {
    return this.#watchersAt.size > 0
  }

  /** The watchers limited to sites who see the device. */
  limitedWatchersOf(deviceId: string): Iterable<Watchers> {
    const site = this.#directory.siteOf(deviceId)
    return site === undefined ? NOBODY : this.limitedWatchersAt(site)
  }

  limitedWatchersAt(site: string): Iterable<Watchers> {
    return this.#watchersAt.get(site) ?? NOBODY
  }

  /** Every group, whatever it sees. */
  allWatchers(): Iterable<Watchers> {
    return this.#watchers.values()
  }

  *#watchersOf(deviceId: string): Iterable<Subscription> {
    yield* this.everyone?.subscriptions ?? []
    for (const { subscriptions } of this.limitedWatchersOf(deviceId)) yield* subscriptions
  }

  *#visible(room: Iterable<Subscription>, deviceId: string): Iterable<Subscription> {
    for (const one of room) if (canSee(this.#directory, one.session, deviceId)) yield one
  }

  #addWatcher(subscription: Subscription): void {
    const { scope } = subscription.session
    let watchers = this.#watchers.get(scope.key)
    if (!watchers) {
      watchers = new Watchers(scope)
      this.#watchers.set(scope.key, watchers)
      if (!scope.sites) this.everyone = watchers
      for (const site of scope.sites ?? []) {
        const there = this.#watchersAt.get(site)
        if (there) there.add(watchers)
        else this.#watchersAt.set(site, new Set([watchers]))
      }
    }
    watchers.subscriptions.add(subscription)
    watchers.forget()
    this.#generation += 1
  }

  #forgetReader(subscription: Subscription): void {
    if (isReader(subscription)) this.#readers -= 1
  }

  #removeWatcher(subscription: Subscription): void {
    const { scope } = subscription.session
    const watchers = this.#watchers.get(scope.key)
    if (!watchers?.subscriptions.delete(subscription)) return
    this.#forgetReader(subscription)
    watchers.forget()
    this.#generation += 1
    if (watchers.subscriptions.size > 0) return
    this.#watchers.delete(scope.key)
    if (!scope.sites) this.everyone = undefined
    for (const site of scope.sites ?? []) {
      const there = this.#watchersAt.get(site)
      there?.delete(watchers)
      if (there?.size === 0) this.#watchersAt.delete(site)
    }
  }
}

function isReader({ events }: Subscription): boolean {
  return events.readings.length > 0
}

/** The names under which a session gets single events of a device (if it may see it), each once however many subscriptions match. */
export function eventsOf(session: Session, deviceId: string, kind: LiveKind): string[] {
  const matching = [...session.subscriptions.values()].filter(
    (one) => one.deviceId === undefined || one.deviceId === deviceId,
  )
  return SINGLE_EVENTS[kind].filter((name) => matching.some(({ events }) => events[kind].includes(name)))
}

function makePlan(ofAll: Iterable<Subscription>, ofDevice: Iterable<Subscription>): Plan {
  const subscriptions = [...ofAll, ...ofDevice]
  const audiencesOf = (kind: LiveKind) => {
    const names = new Map<Session, Set<string>>()
    for (const { session, events } of subscriptions) addNames(names, session, events[kind])
    return audiences(names, SINGLE_EVENTS[kind])
  }
  return {
    readings: audiencesOf('readings'),
    status: audiencesOf('status'),
    alerts: audiencesOf('alerts'),
  }
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
