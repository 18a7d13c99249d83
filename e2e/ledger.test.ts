import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '@iot/testkit'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Api, setUp } from './harness/api.js'
import { say } from './harness/say.js'
import { prepareSystem, type System } from './harness/system.js'
import { expectStored } from './ledger/expect-stored.js'
import { type Publisher, startPublisher } from './ledger/start-publisher.js'

const KILLS = 20
const RATE = 2_000
/** A life ends after so many of its readings at most; on a machine that is slow, after this time. */
const LIFE_READINGS = 1_500
const LIFE_MS = 2_000
/** Twenty starts on a machine that has other work. */
const LIMIT_MS = 400_000

describe('what is acknowledged', () => {
  let system: System
  let api: Api
  let publisher: Publisher | undefined

  beforeAll(async () => {
    system = await prepareSystem({ USER_RATE_LIMIT_PER_MINUTE: '100000', LOG_LEVEL: 'warn' })
    system.launch()
    await system.ready()
    api = await setUp(system)
  })
  afterAll(async () => {
    publisher?.kill()
    await system.dispose()
  })

  /** Lets the system live until some readings of this life are acknowledged, one at least. */
  async function live(): Promise<void> {
    await system.ready()
    const before = (await publisher!.report()).acknowledged
    const some = 1 + Math.floor(Math.random() * LIFE_READINGS)
    const beganMs = performance.now()
    await until(
      'readings of this life are acknowledged',
      async () => {
        const since = (await publisher!.report()).acknowledged - before
        return since >= some || (since > 0 && performance.now() - beganMs > LIFE_MS)
      },
      { withinMs: 60_000, everyMs: 1 },
    )
  }

  it(
    `is stored, once each, over ${KILLS} kills at random instants under ${RATE} readings a second`,
    async () => {
      publisher = await startPublisher(system, { prefix: 'ledger', devices: 20, rate: RATE, maxOpen: RATE })
      const beganMs = performance.now()
      for (let kill = 1; kill <= KILLS; kill++) {
        // Every fourth falls into the start itself.
        if (kill % 4 === 0) await sleep(Math.random() * 1_500)
        else await live()
        await system.end('SIGKILL')
        system.launch()
      }
      await system.ready()
      const seconds = Math.round((performance.now() - beganMs) / 1_000)
      const readings = await expectStored(api, publisher)
      expect(readings).toBeGreaterThanOrEqual(KILLS * 0.75)
      say(`${readings} acknowledged readings over ${KILLS} kills in ${seconds} s, every one stored once`)
    },
    LIMIT_MS,
  )
})
