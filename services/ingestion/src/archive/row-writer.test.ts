import type { ReadingsRecord } from '@iot/contracts'
import type { LogRecord } from '@iot/ports'
import { describe, expect, it } from '@jest/globals'
import { RowWriter } from './row-writer.js'

const at = '2026-01-01T00:00:00.000Z'

function records(count: number): LogRecord<ReadingsRecord>[] {
  return Array.from({ length: count }, (_, offset) => ({
    topic: 'sensors-data',
    partition: 0,
    offset,
    key: 'd',
    timestampMs: 0,
    value: { deviceId: 'd', receivedAt: at, readings: [{ sensorType: 't', value: offset, timestamp: at }] },
  }))
}

describe('the linger of the row writer', () => {
  it('is a tenth while rows come fast, and whole again after a small write', async () => {
    const lingerMs = 600
    const writer = new RowWriter({ write: async () => {}, maxRows: 8, lingerMs })
    async function msFor(count: number): Promise<number> {
      const begin = performance.now()
      await writer.store(records(count))
      return performance.now() - begin
    }
    await writer.store(records(8))
    const busy = await msFor(1)
    const idle = await msFor(1)
    expect(busy).toBeGreaterThanOrEqual(lingerMs / 10 - 2)
    expect(busy).toBeLessThan(idle)
    expect(idle).toBeGreaterThanOrEqual(lingerMs - 2)
  })
})
