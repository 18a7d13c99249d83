import { until } from '@iot/testkit'
import { expect } from '@jest/globals'
import { type Api, readAll } from '../harness/api.js'
import type { Publisher } from './start-publisher.js'

/**
 * Lets the publisher finish, and expects what was acknowledged and what is stored to be equal as sets, each
 * once. Resolves with how many readings that are.
 */
export async function expectStored(api: Api, publisher: Publisher, withinMs = 60_000): Promise<number> {
  const ledger = await publisher.finish()
  const stored = await until(
    'everything acknowledged is stored',
    async () => {
      const lines = await storedLines(api, publisher)
      return lines.length >= ledger.length && lines
    },
    { withinMs, everyMs: 500 },
  )
  expect(new Set(stored).size).toBe(stored.length)
  expect(stored.sort()).toEqual(ledger.sort())
  return ledger.length
}

async function storedLines(api: Api, { deviceIds, fromMs }: Publisher): Promise<string[]> {
  const lines: string[] = []
  const range = { fromMs, toMs: Date.now() + 3_600_000 }
  for (const deviceId of deviceIds) {
    for (const { sensorType, timestamp, value } of await readAll(api, deviceId, range)) {
      lines.push(`${deviceId} ${sensorType} ${timestamp} ${value}`)
    }
  }
  return lines
}
