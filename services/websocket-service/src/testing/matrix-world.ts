import {
  createMemoryDeviceStore,
  createMemoryFleetChannel,
  createMemoryNotificationStore,
  createMemoryPresenceBoard,
} from '@iot/adapter-memory'
import { type NotificationRequest, ROLES, type Role } from '@iot/contracts'
import { type LiveBus, type PresenceBoard, systemClock, type UserRow } from '@iot/ports'
import { createMetrics, silentLogger } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { type Client, type Harness, startHarness } from './harness.js'

/** At the site that limited people may see; the other is elsewhere. `MARKER` is where `OWN` is. */
export const OWN = 'device-of-the-north'
export const FOREIGN = 'device-of-the-south'
export const MARKER = 'marker-of-the-north'
/** Where `OWN` is, to begin with. */
export const WANDERER = 'wanderer-of-the-north'
const SITE = 'North'
const siteOf = (deviceId: string) => (deviceId === FOREIGN ? 'South' : SITE)
/** Tokens of the tests live so long. */
const LIFETIME_MS = 900_000

export interface Person {
  readonly name: string
  readonly role: Role
  readonly isLimited: boolean
  /** nobody has logged in */
  readonly isAnonymous?: true
}

/** Every role, with all sites and with one, and whoever has none. */
export const PEOPLE: readonly Person[] = [
  ...ROLES.flatMap((role) =>
    [false, true].map((isLimited) => ({
      name: `${role}${isLimited ? '-of-the-north' : ''}`,
      role,
      isLimited,
    })),
  ),
  { name: 'anonymous', role: 'user', isLimited: false, isAnonymous: true },
]

export function sees({ isLimited }: Person, deviceId: string): boolean {
  return !isLimited || deviceId !== FOREIGN
}

export function hasRole({ role }: Person, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least)
}

export type World = Awaited<ReturnType<typeof startWorld>>

/** One replica with devices at two sites, whose bus can lose what it is given. */
export async function startWorld() {
  const devices = createMemoryDeviceStore({ clock: systemClock })
  for (const deviceId of [OWN, MARKER, WANDERER]) await devices.create({ deviceId, site: SITE })
  await devices.create({ deviceId: FOREIGN, site: siteOf(FOREIGN) })
  const channel = createMemoryFleetChannel({ logger: silentLogger(), metrics: createMetrics() })
  const notifications = createMemoryNotificationStore({ clock: systemClock, users })
  const presence = openPresence()
  /** The machine's clock, until it is turned past the end of every token. */
  let aheadMs = 0
  const clock = { nowMs: () => systemClock.nowMs() + aheadMs }
  let isLosing = false
  const losing = (bus: LiveBus): LiveBus => ({
    ...bus,
    subscribe: (subscriber) =>
      bus.subscribe({ ...subscriber, onBatch: (batch) => !isLosing && subscriber.onBatch(batch) }),
    window: async (kind, partition, after, epoch) =>
      after < 0 ? bus.window(kind, partition, after, epoch) : { complete: false, batches: [] },
  })
  const harness = await startHarness({
    clock,
    devices,
    bus: losing,
    channel,
    notifications,
    presence: presence.board,
    config: { SOCKET_MESSAGES_PER_SECOND: 10_000, ANONYMOUS_ROLE: 'user' },
  })
  let value = 0

  function tokenOf({ name, role, isLimited }: Person, leftMs = LIFETIME_MS): Promise<string> {
    const issuedAtMs = clock.nowMs() - LIFETIME_MS + leftMs
    return harness.tokenOf(name, role, issuedAtMs, isLimited ? { sites: [SITE] } : {})
  }

  async function reading(deviceId: string): Promise<void> {
    value += 1
    await harness.publisher.readings({ deviceId, value })
  }

  return {
    harness: harness as Harness,
    tokenOf,
    reading,
    status: (deviceId: string) => harness.publisher.status(deviceId, 'online'),
    alert: (deviceId: string) => harness.publisher.alerts({ deviceId, message: deviceId }),
    /** About a device’s site as a whole. */
    siteAlert: (deviceId: string) =>
      harness.publisher.alerts({ type: 'connectivity', site: siteOf(deviceId), message: deviceId }),
    systemAlert: () => harness.publisher.alerts({ type: 'system', severity: 'critical' }),
    async connect(person: Person, leftMs?: number): Promise<Client> {
      return harness.connect({ auth: person.isAnonymous ? {} : { token: await tokenOf(person, leftMs) } })
    },
    /** Those that were made so far. */
    endTokens(): void {
      aheadMs += LIFETIME_MS
    },
    /** What is published of this device meanwhile never comes, and the window has not got it either. */
    async lose(deviceId: string): Promise<void> {
      isLosing = true
      await reading(deviceId)
      isLosing = false
      await reading(deviceId)
    },
    /** To the site of another device. */
    move: (deviceId: string, beside: string) => devices.change(deviceId, { site: siteOf(beside) }),
    /** A notice of the system's; its id. */
    async notify(request: NotificationRequest): Promise<string> {
      const notification = await notifications.add(request)
      await channel.send({ kind: 'notification', notification: notification! })
      return notification!.id
    },
    /** Beside everybody: comes in, stays until that is known, and leaves for longer than a reconnection takes. */
    async visit(user: string): Promise<void> {
      const others = PEOPLE.length
      await presence.counts(others)
      const visitor = await harness.connect({ user })
      await presence.counts(others + 1)
      visitor.socket.disconnect()
      await presence.counts(others)
      await presence.pass(11_000)
    },
    stop: () => harness.stop(),
  }
}

/** People as the harness's tokens have them. */
function findUser(name: string): UserRow | undefined {
  const person = PEOPLE.find((one) => one.name === name)
  if (!person) return undefined
  const rest = { passwordHash: '', disabled: false, version: 0, outBefore: 0, createdAtMs: 0 }
  return { id: `id-of-${name}`, username: name, role: person.role, ...rest }
}

const users = {
  findById: async (id: string) => findUser(id.replace('id-of-', '')),
  findByUsername: async (username: string) => findUser(username),
}

/** A board whose time is turned by hand. */
function openPresence() {
  const clock = new FakeClock(Date.now())
  const memory = createMemoryPresenceBoard({ clock })
  let reports = 0
  const board: PresenceBoard = {
    ...memory,
    async report(report) {
      const news = await memory.report(report)
      reports += 1
      return news
    },
  }
  return {
    board,
    counts: (connections: number) =>
      until(`${connections} connections`, async () => (await board.figures()).connections === connections),
    /** In steps that no living replica is silent for. */
    async pass(ms: number): Promise<void> {
      for (let leftMs = ms; leftMs > 0; leftMs -= 8_000) {
        clock.advance(Math.min(8_000, leftMs))
        const seen = reports
        await until('it has been reported', () => reports >= seen + 2)
      }
    },
  }
}
