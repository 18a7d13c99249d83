import { afterAll, expect, it } from '@jest/globals'
import { say } from '../harness/say.js'
import { type LedgerRun, startLedgerRun } from './harness/ledger-run.js'
import type { Stack } from './harness/stack.js'

const REPLICA = 'websocket-service-replica'
/** The three replicas, in the order in which they die. */
const REPLICAS = [
  { service: 'websocket-service', container: 0 },
  { service: REPLICA, container: 0 },
  { service: REPLICA, container: 1 },
] as const
const KILLS = 12
const EVERY_MS = 10_000
/** 300 clients that get each event by itself are a load for the one process that they live in: few readings. */
const LOAD = { prefix: 'replicas', devices: 5, rate: 3, watchers: 300 }
/**
 * All clients are back within so many ms of a kill: four times what is promised, since 300 clients and the fleet share
 * a machine that is no more its own. The replica is away for 2 s of it.
 */
const BACK_MS = 60_000
const LIMIT_MS = 1_200_000

export function replicaCases(under: () => Stack): void {
  let run: LedgerRun | undefined
  afterAll(async () => {
    run?.close()
    await under().scale(REPLICA, 1)
  })

  it(
    `three replicas, one killed every ${EVERY_MS / 1_000} s: ${LOAD.watchers} clients are back in seconds, and get every event once`,
    async () => {
      const stack = under()
      await stack.scale(REPLICA, 2)
      run = await startLedgerRun(stack, LOAD)
      const backMs: number[] = []
      let returns = 0
      for (let kill = 0; kill < KILLS; kill++) {
        const beginMs = performance.now()
        const report = await run.fault({ ...REPLICAS[kill % REPLICAS.length]!, kind: 'kill' })
        const tookMs = performance.now() - beginMs
        backMs.push(Math.round(tookMs))
        returns += report.returns
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, EVERY_MS - tookMs)))
      }
      const verdict = await run.finish()
      say(`all back within ${backMs.join(', ')} ms of a kill; ${returns} reconnects`)
      expect(returns).toBeGreaterThan(LOAD.watchers)
      expect(verdict.lost).toEqual({ listener: [], broker: [] })
      expect(verdict.clients.filter(({ missed, twice, gaps }) => missed + twice + gaps.length > 0)).toEqual(
        [],
      )
      expect(backMs.filter((ms) => ms > BACK_MS)).toEqual([])
    },
    LIMIT_MS,
  )
}
