import type { ReadingsRecord } from '@iot/contracts'
import { type EventLog, LogError } from '@iot/ports'
import { createMetrics } from '@iot/runtime'
import { describe, expect, it } from '@jest/globals'
import { createBridgeMetrics } from '../../metrics.js'
import { createSharedWrites } from './shared-writes.js'

const at = '2026-01-01T00:00:00.000Z'

function record(readings: number): ReadingsRecord {
  const reading = { sensorType: 't', value: 1, timestamp: at }
  return { deviceId: 'd', receivedAt: at, readings: Array(readings).fill(reading) }
}

function deferred() {
  let resolve: () => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** A log whose flushes the test ends. */
function setUp() {
  const registry = createMetrics()
  const metrics = createBridgeMetrics(registry, { devices: () => 0 })
  let flush = deferred()
  let refusal: Error | undefined
  const failed: number[] = []
  const log = {
    enqueue: () => {
      if (refusal) throw refusal
      return flush.promise
    },
  } as unknown as EventLog
  const writes = createSharedWrites({
    log,
    metrics,
    onFailed: (error, messages) => {
      failed.push(messages)
      throw error
    },
  })
  return {
    writes,
    failed,
    refuse: (error: Error) => {
      refusal = error
    },
    end: (error?: Error) => {
      if (error) flush.reject(error)
      else flush.resolve()
      flush = deferred()
    },
    series: async (name: string) => {
      const { body } = await registry.render()
      return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(body)?.[1])
    },
  }
}

describe('messages whose records are written together', () => {
  it('are answered by one promise, and each is counted', async () => {
    const { writes, end, series } = setUp()
    const first = writes.append(record(2), performance.now())
    expect(writes.append(record(3), performance.now())).toBe(first)
    expect(await series('iot_bridge_readings_total')).toBe(0)
    end()
    const next = writes.append(record(1), performance.now())
    expect(next).not.toBe(first)
    await first
    expect(await series('iot_bridge_readings_total')).toBe(5)
    expect(await series('iot_bridge_accept_seconds_count')).toBe(2)
    end()
    await next
    expect(await series('iot_bridge_readings_total')).toBe(6)
  })

  it('fail together', async () => {
    const { writes, end, failed } = setUp()
    const answer = writes.append(record(1), 0)!
    writes.append(record(1), 0)
    end(new LogError('LOG_UNAVAILABLE', 'away'))
    await expect(answer).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
    expect(failed).toEqual([2])
  })

  it('go the usual way where the log refuses them at once', () => {
    const { writes, refuse } = setUp()
    refuse(new LogError('LOG_SCHEMA', 'does not fit'))
    expect(writes.append(record(1), 0)).toBeUndefined()
  })
})
