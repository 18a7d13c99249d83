import { createMemoryDeadLetterStore, createMemoryEventLog } from '@iot/adapter-memory'
import type { DeadLetterRecord } from '@iot/contracts'
import type { LogRecord } from '@iot/ports'
import { createMetrics, silentLogger } from '@iot/runtime'
import { describe, expect, it } from '@jest/globals'
import { createArchiveMetrics } from '../metrics.js'
import { deadLetterConsumer } from './dead-letters.js'

/** Gives the consumer so many letters of one payload, and counts how often it asked for the store to be pruned. */
async function prunesAfter(letters: number, payload: string): Promise<number> {
  let prunes = 0
  const consumer = deadLetterConsumer({
    log: createMemoryEventLog({ partitions: 1 }),
    deadLetters: { ...createMemoryDeadLetterStore(), write: async () => {} },
    logger: silentLogger(),
    metrics: createArchiveMetrics(createMetrics(), { lag: () => 0 }),
    prune: () => {
      prunes += 1
    },
  })
  const value: DeadLetterRecord = {
    reason: 'not-json',
    detail: 'no JSON',
    topic: 'sensor/data',
    receivedAt: '2026-03-01T12:00:00.000Z',
    payload,
  }
  for (let offset = 0; offset < letters; offset++) {
    const records = [{ offset, key: 'd', timestampMs: 0, value }] as unknown as LogRecord[]
    await consumer.onBatch({ topic: 'sensors-data.dead', partition: 0, records }, {
      commit: async () => {},
      signal: new AbortController().signal,
    } as never)
  }
  return prunes
}

describe('the consumer of dead letters', () => {
  it('has the store pruned when many letters have come', async () => {
    expect(await prunesAfter(4_999, '{')).toBe(0)
    expect(await prunesAfter(10_000, '{')).toBe(2)
  })

  it('has it pruned when many bytes have come, however few letters they are', async () => {
    const largest = 'x'.repeat(524_288)
    expect(await prunesAfter(127, largest)).toBe(0)
    expect(await prunesAfter(256, largest)).toBe(2)
  })
})
