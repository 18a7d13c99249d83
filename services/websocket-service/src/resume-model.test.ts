import { createMemoryDeviceStore } from '@iot/adapter-memory'
import type { DeviceStatus } from '@iot/contracts'
import { systemClock } from '@iot/ports'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Harness, startHarness } from './testing/harness.js'
import { ResumeLedger, type Wanted } from './testing/resume-ledger.js'
import { type Names, ReturningClient } from './testing/returning-client.js'

/** `RESUME_RUNS=200 npm test -- services/websocket-service/src/resume-model` for more of them. */
const RUNS = Number(process.env.RESUME_RUNS ?? 4)
const NORTH = ['d1', 'd2', 'd3']
const DEVICES = [...NORTH, 'd4', 'd5', 'd6']
/** Readings of which one window holds a few hundred: with more, what was missed has been trimmed. */
const FLOOD = 400
const WINDOW_BYTES = 100_000
const STATUSES: readonly DeviceStatus[] = ['online', 'offline', 'maintenance']

interface Kind {
  create(): ReturningClient
  readonly person?: Parameters<Harness['open']>[0]
  readonly wanted: Wanted
}

const nothing = () => false
const everything: Wanted = { reading: () => true, status: () => true, alert: nothing }
const first = ({ deviceId }: { deviceId?: string }) => deviceId === 'd1'
const north = ({ deviceId }: { deviceId: string }) => NORTH.includes(deviceId)
const all = (names: Names, event: string, options = {}) => {
  return () => new ReturningClient(names, [event, options])
}
const single = { readings: 'sensor:all', status: 'device:all' }
const batch = { readings: 'sensor:batch', status: 'device:all' }

const KINDS: Readonly<Record<string, Kind>> = {
  'single events of all devices': {
    create: all(single, 'subscribe-all-devices'),
    wanted: everything,
  },
  'batches of all devices': {
    create: all(batch, 'subscribe-all-devices', { batch: true }),
    wanted: everything,
  },
  'batches of one site': {
    create: all(batch, 'subscribe-all-devices', { batch: true }),
    person: { user: 'nora', sites: ['North'] },
    wanted: { reading: north, status: north, alert: nothing },
  },
  'all devices of an administrator': {
    create: all({ readings: 'sensor:data', status: 'device:all' }, 'subscribe:all'),
    person: { user: 'root', role: 'admin' },
    wanted: { reading: () => true, status: nothing, alert: nothing },
  },
  'one device': {
    create: () =>
      new ReturningClient({ readings: 'sensor:reading', status: 'device:status', alerts: 'alert:device' }, [
        'subscribe:device',
        'd1',
        { names: ['sensor:reading', 'device:status', 'alert:device'] },
      ]),
    wanted: { reading: first, status: first, alert: first },
  },
  'single alerts': {
    create: all({ alerts: 'alert' }, 'subscribe-alerts'),
    wanted: { reading: nothing, status: nothing, alert: () => true },
  },
  'batches of the alerts of one site': {
    create: all({ alerts: 'alert:batch' }, 'subscribe-alerts', { batch: true }),
    person: { user: 'nora', sites: ['North'] },
    wanted: { reading: nothing, status: nothing, alert: ({ deviceId }) => NORTH.includes(deviceId ?? '') },
  },
}

const ledger = new ResumeLedger(DEVICES)
let replicas: Harness[]
beforeAll(async () => {
  const devices = createMemoryDeviceStore({ clock: systemClock })
  for (const deviceId of DEVICES) {
    await devices.create({ deviceId, site: NORTH.includes(deviceId) ? 'North' : 'South' })
  }
  const config = { LIVE_WINDOW_BYTES: WINDOW_BYTES }
  const first = await startHarness({ config, busWindowBytes: WINDOW_BYTES, devices })
  replicas = [first, await startHarness({ config, beside: first })]
})
afterAll(async () => {
  for (const replica of replicas) await replica.stop()
})

/** What is known without asking: whether the client is connected, and where. */
interface Model {
  at: number | undefined
}
interface Real {
  readonly kind: Kind
  readonly client: ReturningClient
  hasBeenHere: boolean
}
type Command = fc.AsyncCommand<Model, Real, false>

const publisher = () => replicas[0]!.publisher

/** of all clients, over all runs */
const returns = { count: 0, recovered: 0 }

const always = () => true
const isAway = ({ at }: Readonly<Model>) => at === undefined
const isHere = (model: Readonly<Model>) => !isAway(model)

function publish(count: number, perRecord: number): Command {
  return {
    check: always,
    run: () => ledger.publish(publisher(), count, perRecord),
    toString: () => `${count} records of ${perRecord}`,
  }
}

function change(device: number, to: DeviceStatus): Command {
  return {
    check: always,
    run: () => ledger.change(publisher(), device, to),
    toString: () => `device ${device} is ${to}`,
  }
}

function alarm(device: number, count: number): Command {
  return {
    check: always,
    run: () => ledger.alarm(publisher(), device, count),
    toString: () => `${count} alerts from device ${device} on`,
  }
}

/** More than the window holds, of somebody who is away: what they missed is trimmed. */
const trim: Command = {
  check: isAway,
  async run() {
    await ledger.publish(publisher(), FLOOD, 1)
    await ledger.alarm(publisher(), 0, FLOOD / 8)
  },
  toString: () => 'trim',
}

function connect(replica: number, meanwhile: number): Command {
  return {
    check: isAway,
    async run(model, real) {
      const connecting = real.client.connect(replicas[replica]!, real.kind.person)
      await ledger.publish(publisher(), meanwhile, 1)
      const { recovered, answers } = await connecting
      if (real.hasBeenHere) {
        returns.count += 1
        if (recovered) returns.recovered += 1
      } else expect(recovered).toBe(false)
      if (!recovered) ledger.expectSnapshot(answers[0]!, real.kind.wanted)
      real.hasBeenHere = true
      model.at = replica
    },
    toString: () => `connect to ${replica}, ${meanwhile} meanwhile`,
  }
}

/** Ends the connection while things are on their way. */
const cut: Command = {
  check: isHere,
  async run(model, real) {
    leave(model, real)
  },
  toString: () => 'cut',
}

function leave(model: Model, { client, kind }: Real): void {
  client.cut()
  model.at = undefined
  ledger.expectBeginning(client, kind.wanted)
}

/** A replica dies, and another takes its place. */
const replace: Command = {
  check: always,
  async run(model, real) {
    if (model.at === 1) leave(model, real)
    await replicas[1]!.stop()
    replicas[1] = await startHarness({ config: { LIVE_WINDOW_BYTES: WINDOW_BYTES }, beside: replicas[0]! })
  },
  toString: () => 'replace a replica',
}

const look: Command = {
  check: isHere,
  run: (_, { client, kind }) => ledger.expectAll(client, kind.wanted),
  toString: () => 'look',
}

const aConnect = fc.tuple(fc.nat(1), fc.nat(5)).map((args) => connect(...args))
const aPublish = fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 3 })).map((args) => publish(...args))
const aChange = fc.tuple(fc.nat(5), fc.constantFrom(...STATUSES)).map((args) => change(...args))
const anAlarm = fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 4 })).map((args) => alarm(...args))
const rarely = (command: Command, otherwise: fc.Arbitrary<Command>, oneOf: number) =>
  fc.oneof({ arbitrary: fc.constant(command), weight: 1 }, { arbitrary: otherwise, weight: oneOf - 1 })

const commands = fc.commands<Model, Real, false>(
  [
    aConnect,
    aConnect,
    aPublish,
    aChange,
    anAlarm,
    fc.constant(cut),
    fc.constant(look),
    rarely(trim, aConnect, 6),
    rarely(replace, aPublish, 4),
  ],
  { maxCommands: 60, size: 'max' },
)

describe('the model of clients that come and go between replicas', () => {
  it.each(Object.entries(KINDS))(
    '%s: what came is what was published, or a snapshot, in order and once',
    async (_, kind) => {
      await fc.assert(
        fc.asyncProperty(commands, async (run) => {
          const real: Real = { kind, client: kind.create(), hasBeenHere: false }
          try {
            await fc.asyncModelRun(() => ({ model: { at: undefined }, real }), run)
            if (real.hasBeenHere) await ledger.expectAll(await connected(real), kind.wanted)
          } finally {
            real.client.cut()
          }
        }),
        { numRuns: RUNS, endOnFailure: true },
      )
    },
    120_000 + RUNS * 5_000,
  )

  it('recovers at least 70 % of the returns', () => {
    expect(returns.count).toBeGreaterThan(2 * RUNS)
    expect(returns.recovered / returns.count).toBeGreaterThanOrEqual(0.7)
  })
})

/** However a run ended, its client comes back once more and has all. */
async function connected(real: Real): Promise<ReturningClient> {
  real.client.cut()
  await connect(0, 0).run({ at: undefined }, real)
  return real.client
}
