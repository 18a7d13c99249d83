import { PARTITIONS, type Reading } from '@iot/contracts'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Harness, startHarness } from './testing/harness.js'
import { ReturningClient } from './testing/returning-client.js'

const DEVICES = ['d1', 'd2', 'd3', 'd4', 'd5', 'd6']
const RUNS = 6
/** Readings of which one window holds a few hundred. */
const FLOOD = 400
const WINDOW_BYTES = 100_000

/** One stay with a replica, and the absence before it. */
const stay = fc.record({
  missed: fc.oneof({ weight: 9, arbitrary: fc.nat(40) }, { weight: 1, arbitrary: fc.constant(FLOOD) }),
  whileConnecting: fc.nat(5),
  live: fc.nat(30),
  replica: fc.nat(1),
  isReplaced: fc.integer({ min: 0, max: 5 }).map((dice) => dice === 0),
  /** the connection ends while readings are on their way */
  isCutShort: fc.boolean(),
  recordOf: fc.integer({ min: 1, max: 3 }),
})
type Stay = typeof stay extends fc.Arbitrary<infer Value> ? Value : never

const clients = {
  'single readings of all devices': () =>
    new ReturningClient({ readings: 'sensor:all', status: 'device:all' }, ['subscribe-all-devices', {}]),
  'batches of all devices': () =>
    new ReturningClient({ readings: 'sensor:batch', status: 'device:all' }, [
      'subscribe-all-devices',
      { batch: true },
    ]),
  'one device': () =>
    new ReturningClient({ readings: 'sensor:reading', status: 'device:status' }, [
      'subscribe:device',
      'd1',
      { names: ['sensor:reading', 'device:status'] },
    ]),
} as const

let replicas: Harness[]
beforeAll(async () => {
  const config = { LIVE_WINDOW_BYTES: WINDOW_BYTES }
  const first = await startHarness({ config, busWindowBytes: WINDOW_BYTES })
  replicas = [first, await startHarness({ config, beside: first })]
})
afterAll(async () => {
  for (const replica of replicas) await replica.stop()
})

/** A replica dies, and another takes its place. */
async function replace(): Promise<void> {
  await replicas[1]!.stop()
  replicas[1] = await startHarness({ config: { LIVE_WINDOW_BYTES: WINDOW_BYTES }, beside: replicas[0]! })
}

const ledger: Reading[] = []
let value = 0

async function publish(count: number, perRecord: number): Promise<void> {
  const records = Array.from({ length: count }, () => {
    const deviceId = DEVICES[value++ % DEVICES.length]!
    return Array.from({ length: perRecord }, (_, index) => ({ deviceId, value: value + index / 10 }))
  })
  for (let from = 0; from < records.length; from += 7) {
    ledger.push(...(await replicas[0]!.publisher.records(...records.slice(from, from + 7))))
  }
}

describe('the ledger of clients that come and go between replicas', () => {
  for (const [name, create] of Object.entries(clients)) {
    const isWanted = ({ deviceId }: Reading) => name !== 'one device' || deviceId === 'd1'

    /** What a client has to have got since its snapshot, and what it got, by partition. */
    function compare({ readings, snapshot }: ReturningClient): { wanted: Reading[]; came: Reading[] }[] {
      return Array.from({ length: PARTITIONS }, (_, partition) => {
        const start = Number(snapshot!.positions.readings[partition] ?? -1)
        const isHere = ({ position }: Reading) => position!.partition === partition
        return {
          wanted: ledger.filter((one) => isHere(one) && isWanted(one) && one.position!.offset > start),
          came: readings.slice(snapshot!.at).filter(isHere),
        }
      })
    }

    async function expectAll(client: ReturningClient): Promise<void> {
      const count = () => compare(client).reduce((sum, { wanted }) => sum + wanted.length, 0)
      await client.cameUpTo(client.snapshot!.at + count())
      for (const { wanted, came } of compare(client)) expect(came).toEqual(wanted)
    }

    /** Whatever was on its way when the connection ended: nothing before it is missing, and nothing came twice. */
    function expectBeginning(client: ReturningClient): void {
      for (const { wanted, came } of compare(client)) expect(came).toEqual(wanted.slice(0, came.length))
    }

    async function live(stays: readonly Stay[]): Promise<number> {
      const client = create()
      let recovered = 0
      for (const step of stays) {
        await publish(step.missed, step.recordOf)
        if (step.isReplaced) await replace()
        const connecting = client.connect(replicas[step.replica]!)
        await publish(step.whileConnecting, step.recordOf)
        if ((await connecting).recovered) recovered += 1
        await publish(step.live, step.recordOf)
        if (step.isCutShort) expectBeginning(client)
        else await expectAll(client)
        client.cut()
      }
      return recovered
    }

    it(`is whole, in order and without repeats: ${name}`, async () => {
      let returns = 0
      let recovered = 0
      await fc.assert(
        fc.asyncProperty(fc.array(stay, { minLength: 2, maxLength: 8 }), async (stays) => {
          returns += stays.length - 1
          recovered += await live(stays)
        }),
        { numRuns: RUNS, endOnFailure: true },
      )
      expect(recovered / returns).toBeGreaterThan(0.7)
    }, 180_000)
  }
})
