import { createMemoryEventLog } from '@iot/adapter-memory'
import { TOPICS } from '@iot/contracts'
import type { BrokerMessage, DeviceBroker } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createBrokerLease } from './broker-lease.js'

type Log = ReturnType<typeof createMemoryEventLog>
let log: Log
const stops: (() => Promise<void>)[] = []

beforeEach(async () => {
  log = createMemoryEventLog({ clock: new FakeClock() })
  await log.start({ signal: new AbortController().signal, fail: () => {} })
})
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
  await log.stop()
})

/** How many read at a time, over all bridges of a test. */
function createReaders() {
  const readers = { now: 0, most: 0 }
  function createBroker() {
    const state = { isConnected: true }
    let onMessage: ((message: BrokerMessage) => Promise<void>) | undefined
    const broker: DeviceBroker = {
      async open(opened) {
        onMessage = opened
        readers.now += 1
        readers.most = Math.max(readers.most, readers.now)
      },
      async close() {
        if (onMessage) readers.now -= 1
        onMessage = undefined
      },
      connected: () => onMessage !== undefined && state.isConnected,
      inFlight: () => 0,
    }
    return { broker, state, say: (message: BrokerMessage) => onMessage!(message), reads: () => !!onMessage }
  }
  return { readers, createBroker }
}

async function startLease(broker: DeviceBroker, onMessage: (message: BrokerMessage) => Promise<void>) {
  const lease = createBrokerLease({ log, broker, logger: silentLogger(), onMessage })
  await lease.start((error) => {
    throw error
  })
  stops.push(lease.stop)
  return lease
}

describe('the lease of the broker', () => {
  it('is one bridge’s at a time, and another’s when that one stops', async () => {
    const { readers, createBroker } = createReaders()
    const heard: string[] = []
    const bridges = await Promise.all(
      ['a', 'b', 'c'].map(async (name) => {
        const made = createBroker()
        const lease = await startLease(made.broker, async ({ topic }) => void heard.push(`${name} ${topic}`))
        return { ...made, lease }
      }),
    )
    for (let left = 3; left > 0; left--) {
      await until('one reads', () => bridges.filter(({ reads }) => reads()).length === 1)
      const holder = bridges.find(({ reads }) => reads())!
      await holder.say({ topic: `t/${left}`, payload: new Uint8Array(), receivedAtMs: 0 })
      await holder.lease.stop()
      expect(holder.reads()).toBe(false)
    }
    expect(readers).toEqual({ now: 0, most: 1 })
    expect(heard.map((one) => one.slice(2))).toEqual(['t/3', 't/2', 't/1'])
    expect(new Set(heard.map((one) => one[0])).size).toBe(3)
  })

  it('makes its holder say that the broker is away, and nobody else', async () => {
    const { createBroker } = createReaders()
    const { broker, state, reads } = createBroker()
    const lease = await startLease(broker, async () => {})
    const other = await startLease(createBroker().broker, async () => {})
    await until('one reads', () => reads())
    expect(lease.health()).toEqual({ status: 'healthy' })
    state.isConnected = false
    expect(lease.health()).toEqual({ status: 'degraded', detail: 'the MQTT broker is away' })
    expect(other.health()).toEqual({ status: 'healthy' })
  })

  it('is not disturbed by a record that somebody wrote there', async () => {
    const { createBroker } = createReaders()
    const { broker, reads } = createBroker()
    await log.append(TOPICS.mqttReader, 'x', {})
    await startLease(broker, async () => {})
    await until('it reads', () => reads())
    const { partition } = await log.append(TOPICS.mqttReader, 'x', {})
    await until('it is committed', async () => {
      return (await log.committed('mqtt-reader', TOPICS.mqttReader)).get(partition) === 2
    })
    expect(reads()).toBe(true)
  })
})
