import {
  partitionOf,
  type ReadingsRecord,
  type StatusRecord,
  TOPICS,
  type TopicContract,
} from '@iot/contracts'
import type { EventLog, LogBatch, LogConsumer, LogErrorCode, LogRecord } from '@iot/ports'
import { expect } from '@jest/globals'

/** A fresh, started log with the handles that the suite needs to bring about bad days. */
export interface EventLogUnderTest {
  readonly log: EventLog
  /** at least 2 */
  readonly partitions: number
  /** Ends the log and cleans up. Safe to call twice. */
  close(): Promise<void>
  /** The next commit takes effect, but its answer never arrives. */
  loseNextCommitAnswer(): void
  /** Turns the log's clock ahead by so many hours and lets retention run. */
  passHours(hours: number): Promise<void>
  /** Durable logs: ends the log and opens a new one over the same storage. */
  reopen?(): Promise<EventLog>
}

export const READINGS = TOPICS.sensorsData
export const STATUS = TOPICS.deviceStatus

export function reading(deviceId: string, value: number): ReadingsRecord {
  const at = '2026-03-01T12:00:00.000Z'
  return { deviceId, receivedAt: at, readings: [{ sensorType: 'temperature', value, timestamp: at }] }
}

export function status(deviceId: string): StatusRecord {
  return { deviceId, status: 'online', timestamp: '2026-03-01T12:00:00.000Z', cause: 'reported' }
}

export function temperatureOf(record: LogRecord): number {
  return (record.value as ReadingsRecord).readings[0]!.value
}

/** A key that lands in the partition. */
export function keyIn(partition: number, partitions: number): string {
  for (let n = 0; ; n++) if (partitionOf(`device-${n}`, partitions) === partition) return `device-${n}`
}

/** Appends `count` readings to a partition, all at once; resolves when all are durable. */
export async function fill(under: EventLogUnderTest, partition: number, count: number, topic = READINGS) {
  const key = keyIn(partition, under.partitions)
  const calls = Array.from({ length: count }, (_, n) => under.log.append(topic, key, reading(key, n)))
  return Promise.all(calls)
}

export interface Diary {
  readonly batches: LogBatch[]
  readonly assigned: number[]
  readonly revoked: number[]
  /** `topic/partition/offset`, in order of arrival */
  seen(): string[]
}

/** A consumer that writes down what it gets and commits each batch. */
export function diarist(
  group: string,
  more: Partial<LogConsumer> = {},
): { consumer: LogConsumer; diary: Diary } {
  const batches: LogBatch[] = []
  const assigned: number[] = []
  const revoked: number[] = []
  const consumer: LogConsumer = {
    group,
    topics: [READINGS, STATUS],
    maxRecords: 100,
    onAssigned: async ({ partition }) => {
      assigned.push(partition)
      return undefined
    },
    onRevoked: async (partition) => {
      revoked.push(partition)
    },
    onBatch: async (batch, control) => {
      batches.push(batch)
      await control.commit(batch.records.at(-1)!.offset + 1)
    },
    ...more,
  }
  return { consumer, diary: { batches, assigned, revoked, seen: () => batches.flatMap(placesOf) } }
}

export function placesOf(batch: LogBatch): string[] {
  return batch.records.map(({ offset }) => `${batch.topic}/${batch.partition}/${offset}`)
}

/** All places `0…count-1` of a partition. */
export function places(topic: TopicContract, partition: number, count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, n) => `${topic.name}/${partition}/${from + n}`)
}

export async function expectCode(promise: Promise<unknown>, code: LogErrorCode): Promise<void> {
  await expect(promise).rejects.toMatchObject({ name: 'LogError', code })
}

/** A promise to be opened by hand, for batches that the test ends when it likes. */
export function gate(): { opened: Promise<void>; open(): void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}
