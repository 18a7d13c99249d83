import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Logger, silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createAttacker } from './testing/attacker.js'
import { type Client, type Harness, startHarness } from './testing/harness.js'
import { createDice } from './testing/random-packets.js'

/** `FUZZ_PACKETS=100000 npm test -- services/websocket-service/src/fuzz` for all of them; FUZZ_SEED for others. */
const PACKETS = Number(process.env.FUZZ_PACKETS ?? 4_000)
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_122)
const AT_ONCE = 8
/** What the heap may grow by, from a quarter of the way to the end. */
const GROWTH_BYTES = 12 * 1_048_576
const WITHOUT_LIMITS = {
  SOCKET_MESSAGES_PER_SECOND: 100_000,
  SOCKET_HANDSHAKES_PER_SECOND: 100_000,
  SOCKET_MAX_CONNECTIONS_PER_USER: 100_000,
  SOCKET_MAX_CONNECTIONS_PER_ADDRESS: 100_000,
  RATE_LIMIT_MAX_REQUESTS: 10_000_000,
  SOCKET_IO_ALLOW_EIO3: true,
}

const errors: unknown[] = []
const logger: Logger = {
  ...silentLogger(),
  error: (...told: unknown[]) => void errors.push(told),
  fatal: (...told: unknown[]) => void errors.push(told),
  child: () => logger,
}

let harness: Harness
let witness: Client
beforeAll(async () => {
  harness = await startHarness({ config: WITHOUT_LIMITS, logger })
  witness = await harness.connect({ user: 'witness' })
  await witness.call('subscribe:device', 'd1', { names: ['sensor:reading'] })
})
afterAll(() => harness.stop())

/**
 * Engine.IO keeps the transport of a poller that broke the protocol for 30 s, in case it polls again. The process of
 * the tests need not wait for that.
 */
const setTimer = globalThis.setTimeout
globalThis.setTimeout = ((run: () => void, ms?: number, ...rest: []) => {
  const timer = setTimer(run, ms, ...rest)
  return ms === 30_000 ? timer.unref() : timer
}) as typeof setTimeout
afterAll(() => {
  globalThis.setTimeout = setTimer
})

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

async function heapBytes(): Promise<number> {
  await until('nobody else is connected', async () => (await harness.metric('iot_socket_connections')) === 1)
  collectGarbage()
  return process.memoryUsage().heapUsed
}

let published = 0
/** Attacks from several sides until so many packets are sent; after each attack a reading goes to the witness. */
async function attack(packets: number, seed: number): Promise<void> {
  const attacker = createAttacker({ harness, token: await harness.tokenOf('mallory') })
  let sent = 0
  async function side(number: number): Promise<void> {
    const dice = createDice(seed + number)
    while (sent < packets) {
      const more = await attacker.attack(dice)
      sent += more
      published += 1
      await harness.publisher.readings({ deviceId: 'd1', value: published })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, number) => side(number)))
}

describe('random packets', () => {
  it(
    `(${PACKETS}, seed ${SEED}) crash nothing, leave nothing behind and disturb nobody`,
    async () => {
      await attack(PACKETS / 4, SEED)
      const beforeBytes = await heapBytes()
      await attack((PACKETS * 3) / 4, SEED + AT_ONCE)
      const afterBytes = await heapBytes()

      expect(errors).toEqual([])
      expect(witness.socket.connected).toBe(true)
      const came = () => witness.bodies('sensor:reading').map(({ value }) => value)
      await until('the witness has it all', () => came().length >= published)
      expect(came()).toEqual(Array.from({ length: published }, (_, index) => index + 1))
      expect(await witness.call('ping')).toMatchObject({ ok: true })
      expect(afterBytes - beforeBytes).toBeLessThan(GROWTH_BYTES)
      const calls = await harness.metrics.render()
      expect(calls.body).toMatch(/iot_socket_calls_total\{[^}]*outcome="ok"[^}]*\} [1-9]/)
      expect(calls.body).toMatch(/iot_socket_calls_total\{[^}]*outcome="VALIDATION_FAILED"[^}]*\} [1-9]/)
    },
    20_000 + PACKETS * 10,
  )
})
