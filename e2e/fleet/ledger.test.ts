import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { say } from '../harness/say.js'
import type { Fault } from './harness/faults.js'
import { type LedgerRun, startLedgerRun } from './harness/ledger-run.js'
import { buildImages, type Stack, startStack } from './harness/stack.js'

/** A third of the grid that `npm run chaos` goes through: each service once, each kind of fault several times. */
const FAULTS: readonly Fault[] = [
  { service: 'websocket-service', kind: 'kill' },
  { service: 'bridge', kind: 'kill' },
  { service: 'live', kind: 'pause' },
  { service: 'archive', kind: 'kill' },
  { service: 'timescaledb', kind: 'pause' },
  { service: 'redis', kind: 'disconnect' },
  { service: 'websocket-service-replica', kind: 'disconnect' },
  { service: 'kafka', kind: 'pause' },
  { service: 'api-gateway', kind: 'kill' },
  { service: 'haproxy', kind: 'kill' },
]
const LIMIT_MS = 1_200_000

describe('the fleet, while its containers die one after the other', () => {
  let stack: Stack
  let run: LedgerRun | undefined

  beforeAll(async () => {
    await buildImages()
    stack = await startStack()
  }, LIMIT_MS)
  afterAll(async () => {
    run?.close()
    await stack?.dispose()
  }, 120_000)

  it(
    'keeps every acknowledged reading, once, and shows each to every client once',
    async () => {
      run = await startLedgerRun(stack, { devices: 25, rate: 50, watchers: 40 })
      for (const fault of FAULTS) {
        const { liveAgainMs, returns } = await run.fault(fault)
        say(`${fault.kind} ${fault.service}: live again after ${liveAgainMs} ms, ${returns} reconnects`)
        if (fault.kind === 'kill')
          expect({ fault, inTime: liveAgainMs <= 15_000 }).toEqual({ fault, inTime: true })
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
    },
    LIMIT_MS,
  )
})
