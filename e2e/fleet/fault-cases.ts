import { afterAll, expect, it } from '@jest/globals'
import { say } from '../harness/say.js'
import type { Fault } from './harness/faults.js'
import { type LedgerRun, startLedgerRun } from './harness/ledger-run.js'
import type { Stack } from './harness/stack.js'

/** A third of the grid that `npm run chaos` goes through: each kind of container, each kind of fault several times. */
const FAULTS: readonly Fault[] = [
  { service: 'websocket-service', kind: 'kill' },
  { service: 'bridge', kind: 'kill' },
  { service: 'live', kind: 'kill' },
  { service: 'archive', kind: 'pause' },
  { service: 'timescaledb', kind: 'kill' },
  { service: 'redis', kind: 'disconnect' },
  { service: 'websocket-service-replica', kind: 'pause' },
  { service: 'kafka', kind: 'kill' },
  { service: 'live', kind: 'disconnect' },
  { service: 'api-gateway', kind: 'kill' },
  { service: 'haproxy', kind: 'kill' },
]
const LOAD = { prefix: 'ledger', devices: 25, rate: 25, watchers: 40 }
/**
 * Live is back after a kill within so many ms: four times what is promised, since this is no machine of its own. The one
 * broker's start, of a Java machine, takes what it takes; `npm run chaos` writes down how long.
 */
const LIVE_AGAIN_MS = 60_000
const LIMIT_MS = 1_800_000

export function faultCases(under: () => Stack): void {
  let run: LedgerRun | undefined
  afterAll(() => run?.close())

  it(
    'it keeps every acknowledged reading, once, and shows each of them to every client once',
    async () => {
      const stack = under()
      run = await startLedgerRun(stack, LOAD)
      const late: string[] = []
      for (const fault of FAULTS) {
        const { liveAgainMs, returns } = await run.fault(fault)
        const told = `${fault.kind} ${fault.service}: live again after ${liveAgainMs} ms, ${returns} reconnects`
        say(told)
        const isBounded = fault.kind === 'kill' && fault.service !== 'kafka'
        if (isBounded && liveAgainMs > LIVE_AGAIN_MS) late.push(told)
        await stack.healthy()
      }
      const verdict = await run.finish()
      say(`${verdict.acknowledged.listener} + ${verdict.acknowledged.broker} readings acknowledged`)
      expect(verdict.acknowledged.listener).toBeGreaterThan(1_000)
      expect(verdict.acknowledged.broker).toBeGreaterThan(1_000)
      expect(verdict.lost).toEqual({ listener: [], broker: [] })
      expect(verdict.storedTwice).toEqual([])
      expect(verdict.clients.filter(({ missed, twice, gaps }) => missed + twice + gaps.length > 0)).toEqual(
        [],
      )
      expect(late).toEqual([])
    },
    LIMIT_MS,
  )
}
