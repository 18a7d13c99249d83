import { createMemoryEventLog } from '@iot/adapter-memory'
import { type ReadingsRecord, TOPICS, type TopicContract } from '@iot/contracts'
import { FakeClock, until } from '@iot/testkit'
import { expect, it } from '@jest/globals'
import { untilArchived } from './until-archived.js'

it('waits for what the log has of the partition to be stored, and for nothing where it is', async () => {
  const log = createMemoryEventLog({ clock: new FakeClock() })
  const committed = new Map<number, number>()
  let questions = 0
  const asked = {
    ranges: (topic: TopicContract) => log.ranges(topic),
    committed: async () => {
      questions += 1
      return committed
    },
  }
  await log.start({ signal: new AbortController().signal, fail: () => {} })
  try {
    const record: ReadingsRecord = {
      deviceId: 'pump-1',
      receivedAt: '2026-01-01T00:00:00.000Z',
      readings: [{ sensorType: 'flow', value: 1, timestamp: '2026-01-01T00:00:00.000Z' }],
    }
    const { partition, offset } = await log.append(TOPICS.sensorsData, 'pump-1', record)
    let isOver = false
    const waiting = untilArchived(asked, partition).then(() => {
      isOver = true
    })
    await until('it has asked again', () => questions > 1)
    expect(isOver).toBe(false)
    committed.set(partition, offset + 1)
    await waiting
    questions = 0
    await untilArchived(asked, partition)
    expect(questions).toBe(1)
  } finally {
    await log.stop()
  }
})
