import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { partitionOf, type ReadingsRecord, TOPICS } from '@iot/contracts'
import type { LogConsumer, LogSubscription } from '@iot/ports'
import { until } from '@iot/testkit'
import { type StartedKafka, startKafka } from '@iot/testkit/containers/start-kafka'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { KafkaEventLog, KafkaEventLogOptions } from './event-log.js'
import { cuttableConnections, makeTopics, openLog, testOptions, trickyConnections } from './testing.js'

const READINGS = TOPICS.sensorsData
const STATUS = TOPICS.deviceStatus
const run = promisify(execFile)
/** the shortest that a broker grants */
const SESSION_MS = 6_000

let kafka: StartedKafka
const open: KafkaEventLog[] = []
const wires: { close(): void }[] = []
beforeAll(async () => {
  kafka = await startKafka()
}, 180_000)
afterAll(() => kafka.stop())
afterEach(async () => {
  await Promise.all(open.splice(0).map((log) => log.stop()))
  for (const wire of wires.splice(0)) wire.close()
})

async function prepare(more: Partial<KafkaEventLogOptions> = {}): Promise<KafkaEventLogOptions> {
  const options = testOptions(kafka.brokers, { sessionMs: SESSION_MS, ...more })
  await makeTopics(options)
  return options
}

async function opened(options: KafkaEventLogOptions): Promise<KafkaEventLog> {
  const log = await openLog(options)
  open.push(log)
  return log
}

function reading(deviceId: string, value: number): ReadingsRecord {
  const timestamp = '2026-03-01T12:00:00.000Z'
  return { deviceId, receivedAt: timestamp, readings: [{ sensorType: 'n', value, timestamp }] }
}

/** Takes down the values of what it reads, and commits. */
function collecting(seen: number[]): LogConsumer {
  return {
    group: 'g',
    topics: [READINGS],
    maxRecords: 100,
    onBatch: async ({ records }, control) => {
      for (const { value } of records) seen.push((value as ReadingsRecord).readings[0]!.value)
      await control.commit(records.at(-1)!.offset + 1)
    },
  }
}

/** The values of each device, in the order in which they first appear in the log. */
async function valuesByDevice(log: KafkaEventLog, partitions: number): Promise<Map<string, number[]>> {
  const values = new Map<string, number[]>()
  for (let partition = 0; partition < partitions; partition++) {
    const records = await log.read<ReadingsRecord>(READINGS, partition, 0, {
      maxRecords: 1_000_000,
      maxBytes: 1_000_000_000,
    })
    for (const { key, value } of records) {
      const list = values.get(key) ?? []
      values.set(key, list)
      const n = value.readings[0]!.value
      if (!list.includes(n)) list.push(n)
    }
  }
  return values
}

describe('the log in Kafka, on bad days', () => {
  it.each([
    ['stands still for longer than a request may take', ['pause', 'unpause']],
    ['is restarted', ['restart']],
  ])('loses nothing and keeps the order while the broker %s', async (_, commands) => {
    const options = await prepare()
    const log = await opened(options)
    const seen = new Set<string>()
    await log.subscribe({
      group: 'g',
      topics: [READINGS],
      maxRecords: 100,
      onBatch: async ({ records }, control) => {
        for (const { key, value } of records)
          seen.add(`${key} ${(value as ReadingsRecord).readings[0]!.value}`)
        await control.commit(records.at(-1)!.offset + 1)
      },
    })
    const devices = ['a', 'b', 'c', 'd']
    const counts = new Map<string, number>()
    let isOver = false
    let answered = 0
    // Each device has up to 20 appends open, as a pipelining bridge has.
    const writers = devices.map(async (device) => {
      const window: Promise<unknown>[] = []
      for (let n = 0; !isOver; n++) {
        counts.set(device, n + 1)
        window.push(log.append(READINGS, device, reading(device, n)).then(() => answered++))
        if (window.length >= 20) await window.shift()
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      await Promise.all(window)
    })
    await until('it runs', () => answered > 200)
    await run('docker', [commands[0]!, kafka.id])
    if (commands[1]) {
      await until('it says that it waits', () => log.health!().status === 'degraded', { withinMs: 30_000 })
      await run('docker', [commands[1], kafka.id])
    }
    const before = answered
    await until('it goes on by itself', () => answered > before + 200, { withinMs: 60_000 })
    isOver = true
    await Promise.all(writers)
    expect(log.health!().status).toBe('healthy')
    const values = await valuesByDevice(log, 2)
    for (const device of devices) {
      expect(values.get(device)).toEqual(Array.from({ length: counts.get(device)! }, (_, n) => n))
    }
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    await until('the group has seen all', () => seen.size === total, { withinMs: 60_000 })
  })

  it('reads on when a connection is cut in the middle of an answer', async () => {
    const wire = await cuttableConnections()
    wires.push(wire)
    const options = await prepare()
    const [writer, log] = [await opened(options), await opened({ ...options, connect: wire.connect })]
    const seen: number[] = []
    await log.subscribe(collecting(seen))
    let count = 0
    for (let round = 1; round <= 5; round++) {
      wire.cutNextAnswer()
      const values = Array.from({ length: 100 }, () => count++)
      await Promise.all(values.map((n) => writer.append(READINGS, 'a', reading('a', n))))
      await until('it was cut, and read again', () => wire.cuts === round && seen.length === count)
    }
    expect(seen).toEqual(Array.from({ length: count }, (_, n) => n))
  })

  it('hands a killed member’s partitions to the others, with what it had not committed', async () => {
    const options = await prepare()
    const { connect, kill } = trickyConnections()
    const victim = await opened({ ...options, connect })
    const log = await opened(options)
    let isRunning = false
    await victim.subscribe({
      group: 'g',
      topics: [READINGS],
      maxRecords: 100,
      onBatch: async () => {
        isRunning = true
        await new Promise(() => {})
      },
    })
    await log.append(READINGS, 'a', reading('a', 1))
    await until('the batch runs', () => isRunning)
    const seen: number[] = []
    await log.subscribe(collecting(seen))
    await kill()
    await until('the other has it', () => seen.length === 1, { withinMs: 30_000 })
    await until('and has committed it', async () => {
      const committed = await log.committed('g', READINGS)
      return committed.get(partitionOf('a', 2)) === 1
    })
  })

  it('lets a batch take longer than the session', async () => {
    const options = await prepare()
    const log = await opened(options)
    const attempts: string[] = []
    const member = (name: string): LogConsumer => ({
      group: 'g',
      topics: [READINGS],
      maxRecords: 100,
      onBatch: async ({ records }, control) => {
        attempts.push(name)
        await new Promise((resolve) => setTimeout(resolve, SESSION_MS + 2_000))
        expect(control.isStale()).toBe(false)
        await control.commit(records.at(-1)!.offset + 1)
      },
    })
    await log.subscribe(member('one'))
    await log.subscribe(member('other'))
    await log.append(READINGS, 'a', reading('a', 1))
    await until(
      'it is committed',
      async () => (await log.committed('g', READINGS)).get(partitionOf('a', 2)) === 1,
    )
    expect(attempts).toHaveLength(1)
  })

  it('says so when the coordinator refuses a member for good', async () => {
    const options = await prepare()
    const { connect, answerHeartbeatsWith } = trickyConnections()
    const log = await opened({ ...options, connect })
    const subscription = await log.subscribe({
      group: 'g',
      topics: [READINGS],
      maxRecords: 1,
      onBatch: async () => {},
    })
    answerHeartbeatsWith('GROUP_AUTHORIZATION_FAILED')
    await expect(subscription.failed).rejects.toThrow('GROUP_AUTHORIZATION_FAILED')
  })

  it('takes a member that was expelled in again', async () => {
    const options = await prepare()
    const { connect, answerHeartbeatsWith } = trickyConnections()
    const log = await opened({ ...options, connect })
    const events: string[] = []
    await log.subscribe({
      group: 'g',
      topics: [READINGS],
      maxRecords: 1,
      onAssigned: async ({ partition }) => {
        events.push(`assigned ${partition}`)
        return undefined
      },
      onRevoked: async (partition) => {
        events.push(`revoked ${partition}`)
        answerHeartbeatsWith('')
      },
      onBatch: async () => {},
    })
    await until('it has both', () => events.length === 2)
    answerHeartbeatsWith('UNKNOWN_MEMBER_ID')
    await until('it has both again', () => events.length === 6)
    expect(events.slice(0, 4).sort()).toEqual(['assigned 0', 'assigned 1', 'revoked 0', 'revoked 1'])
    expect(events.slice(4).sort()).toEqual(['assigned 0', 'assigned 1'])
  })
})

describe('members of a group in Kafka', () => {
  it('share partitions evenly, all topics of a partition with one, and keep what they have', async () => {
    const options = await prepare({ partitions: 6 })
    const log = await opened(options)
    const owners = new Map<number, Set<string>>()
    const moves: string[] = []
    const subscribe = (name: string): Promise<LogSubscription> =>
      log.subscribe({
        group: 'g',
        topics: [READINGS, STATUS],
        maxRecords: 100,
        onAssigned: async ({ partition }) => {
          moves.push(`${name} +${partition}`)
          return undefined
        },
        onRevoked: async (partition) => {
          moves.push(`${name} -${partition}`)
        },
        onBatch: async ({ partition, records }, control) => {
          owners.set(partition, (owners.get(partition) ?? new Set()).add(name))
          await control.commit(records.at(-1)!.offset + 1)
        },
      })
    await subscribe('a')
    await until('all are the first’s', () => moves.length === 6)
    const second = await subscribe('b')
    await until('three have moved', () => moves.length === 12)
    await subscribe('c')
    await until('two are the third’s', () => moves.length === 16)
    // A partition moves only where a share shrinks: 6, then 3, then one of each of the two.
    expect(moves.filter((move) => move.includes('-'))).toHaveLength(5)

    const keys = Array.from({ length: 40 }, (_, n) => `device-${n}`)
    const at = '2026-03-01T12:00:00.000Z'
    await Promise.all(
      keys.flatMap((key) => [
        log.append(READINGS, key, reading(key, 1)),
        log.append(STATUS, key, { deviceId: key, status: 'online', timestamp: at, cause: 'reported' }),
      ]),
    )
    await until('all is committed', async () => {
      for (const topic of [READINGS, STATUS]) {
        const committed = await log.committed('g', topic)
        if ((await log.ranges(topic)).some(({ partition, end }) => committed.get(partition) !== end))
          return false
      }
      return true
    })
    expect([...owners.values()].map((names) => names.size)).toEqual([1, 1, 1, 1, 1, 1])
    expect(new Set([...owners.values()].flatMap((names) => [...names]))).toEqual(new Set(['a', 'b', 'c']))
    await second.stop()
    await until('its two have moved', () => moves.length === 20)
  })

  it('hold a lease of one: the next has it when its holder leaves', async () => {
    const options = await prepare({ topics: [TOPICS.mqttReader] })
    const [one, other] = [await opened(options), await opened(options)]
    const holders: string[] = []
    const lease = (log: KafkaEventLog, name: string): Promise<LogSubscription> =>
      log.subscribe({
        group: 'reader',
        topics: [TOPICS.mqttReader],
        maxRecords: 1,
        onAssigned: async ({ partition }) => {
          holders.push(`${name} ${partition}`)
          return undefined
        },
        onRevoked: async () => {
          holders.push(`${name} no more`)
        },
        onBatch: async () => {},
      })
    const first = await lease(one, 'one')
    await until('the first has it', () => holders.length === 1)
    await lease(other, 'other')
    await first.stop()
    await until('the other has it', () => holders.length === 3)
    expect(holders).toEqual(['one 0', 'one no more', 'other 0'])
  })
})

describe('a log in Kafka', () => {
  it('has one identity, also for processes that make it at once; another for another partition count', async () => {
    const options = await prepare()
    const logs = await Promise.all([1, 2, 3, 4].map(() => opened(options)))
    expect(new Set(logs.map(({ epoch }) => epoch)).size).toBe(1)
    const wider = await opened({ ...options, topics: [], partitions: 3 })
    expect(wider.epoch).not.toBe(logs[0]!.epoch)
  })

  it('is refused without its topics, and with other partition counts', async () => {
    const options = testOptions(kafka.brokers, { startLimitMs: 500 })
    await expect(openLog(options)).rejects.toThrow(/run the migrate job/)
    await makeTopics(options)
    await makeTopics(options)
    await expect(openLog({ ...options, partitions: 3 })).rejects.toThrow(/has 2 partitions and needs 3/)
    await expect(makeTopics({ ...options, partitions: 3 })).rejects.toThrow(/has 2 partitions and needs 3/)
  })

  it('reads tens of thousands of records to their end', async () => {
    const log = await opened(await prepare())
    const count = 30_000
    const appends = Array.from({ length: count }, (_, n) => log.append(READINGS, 'a', reading('a', n)))
    await Promise.all(appends)
    let next = 0
    let misplaced = 0
    for (;;) {
      const records = await log.read<ReadingsRecord>(READINGS, partitionOf('a', 2), next, {
        maxRecords: 5_000,
        maxBytes: 4_000_000,
      })
      if (records.length === 0) break
      misplaced += records.filter(({ offset, value }) => value.readings[0]!.value !== offset).length
      next = records.at(-1)!.offset + 1
    }
    expect([next, misplaced]).toEqual([count, 0])
  })
})
