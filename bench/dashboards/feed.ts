import { createRedisBus, type RedisBus, RedisConnection } from '@iot/adapter-redis'
import { PARTITIONS, partitionOf, type Reading } from '@iot/contracts'
import { silentLogger } from '@iot/runtime'
import { batchesOf, type EncodedReading, EPOCH, encode } from '../frame/sides.js'
import { sampleReading } from '../harness/sample-reading.js'
import { DEVICES, type FeedMessage, type FeedOrder, GUIDE_CHANNEL, HZ, type Side } from './protocol.js'

/** `live` as the fleet has it: so many members, each with its part of the partitions, and how often each flushes. */
const MEMBERS = 2
const LINGER_MS = 25

/** Publishes what it holds, each reading not before it is due. Resolves when all is published. */
type Run = () => Promise<void>

interface Due<What> {
  readonly dueMs: number
  readonly what: What
}

const [host, port] = process.argv.slice(2) as [string, string]
const redis = { host, port: Number(port), logger: silentLogger() }
const context = { signal: new AbortController().signal, fail }
const members = await Promise.all(Array.from({ length: MEMBERS }, openMember))
const connection = new RedisConnection(redis)
await connection.start(context)
const devices = Array.from({ length: DEVICES }, (_, n) => {
  const deviceId = `bench-${n}`
  return { deviceId, partition: partitionOf(deviceId, PARTITIONS) }
})
/** Of each side its own: a replica that hears of every other stretch has missed the rest, and says so. */
const offsets: Record<Side, Map<number, number>> = { guide: new Map(), ours: new Map() }
let next = 0
let run: Run = async () => {}
let prepared = 0

async function openMember(): Promise<RedisBus> {
  const bus = createRedisBus({ ...redis, windowBytes: 67_108_864, epoch: () => EPOCH })
  await bus.start(context)
  return bus
}

/** Devices send in turn, at even distances. */
function makeReadings(side: Side, seconds: number): Due<Reading>[] {
  const everyMs = 1_000 / (DEVICES * HZ[side])
  const beginMs = Date.now()
  return Array.from({ length: (seconds * 1_000) / everyMs }, (_, n) => {
    const { deviceId, partition } = devices[next++ % DEVICES]!
    const offset = (offsets[side].get(partition) ?? -1) + 1
    offsets[side].set(partition, offset)
    const dueMs = (n + 1) * everyMs
    const timestamp = new Date(beginMs + dueMs).toISOString()
    return { dueMs, what: { ...sampleReading(deviceId, partition, offset), timestamp } }
  })
}

function prepareGuide(readings: readonly Due<Reading>[]): Run {
  const texts = readings.map(({ dueMs, what }) => ({ dueMs, what: JSON.stringify(what) }))
  return () =>
    publishDue(texts, 1, async (due) => {
      await Promise.all(due.map((text) => connection.ask((client) => client.publish(GUIDE_CHANNEL, text))))
    })
}

function prepareOurs(readings: readonly Due<Reading>[]): Run {
  const encoded = readings.map(({ dueMs, what }) => ({ dueMs, what: encode(what) }))
  const parts = members.map((bus, member) => ({
    bus,
    mine: encoded.filter(({ what }) => what.partition % MEMBERS === member),
  }))
  return async () => {
    const publish = async ({ bus, mine }: { bus: RedisBus; mine: Due<EncodedReading>[] }, member: number) => {
      // Each keeps its own time.
      await pause((member * LINGER_MS) / MEMBERS)
      await publishDue(mine, LINGER_MS, (due) => bus.publish(batchesOf(due), []))
    }
    await Promise.all(parts.map(publish))
  }
}

async function publishDue<What>(
  all: readonly Due<What>[],
  everyMs: number,
  publish: (due: What[]) => Promise<void>,
): Promise<void> {
  const beginMs = performance.now()
  for (let sent = 0; sent < all.length; ) {
    const nowMs = performance.now() - beginMs
    const due: What[] = []
    while (sent < all.length && all[sent]!.dueMs <= nowMs) due.push(all[sent++]!.what)
    if (due.length > 0) await publish(due)
    await pause(nowMs + everyMs - (performance.now() - beginMs))
  }
}

function pause(forMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, forMs)))
}

function tell(message: FeedMessage): void {
  process.send!(message)
}

function fail(error: unknown): never {
  throw error
}

process.on('message', async (order: FeedOrder) => {
  if (order.kind === 'prepare') {
    const readings = makeReadings(order.side, order.seconds)
    prepared = readings.length
    run = order.side === 'guide' ? prepareGuide(readings) : prepareOurs(readings)
    return tell({ kind: 'prepared' })
  }
  await run()
  tell({ kind: 'done', readings: prepared })
})
process.on('disconnect', () => process.exit(0))
tell({ kind: 'open' })
