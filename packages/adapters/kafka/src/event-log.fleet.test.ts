import { describeEventLog } from '@iot/conformance'
import { TOPICS } from '@iot/contracts'
import { until } from '@iot/testkit'
import { type StartedKafka, startKafka } from '@iot/testkit/containers/start-kafka'
import { afterAll, beforeAll } from '@jest/globals'
import { ConfigResourceTypes, createKafkaClient } from './kafka-client.js'
import { makeTopics, openLog, PARTITION_COUNT, testOptions, trickyConnections } from './testing.js'

let kafka: StartedKafka
beforeAll(async () => {
  kafka = await startKafka()
}, 180_000)
afterAll(() => kafka.stop())

describeEventLog(
  'kafka',
  async () => {
    const { connect, loseNextCommitAnswer } = trickyConnections()
    const options = testOptions(kafka.brokers, { connect })
    await makeTopics(options)
    let log = await openLog(options)
    return {
      log,
      partitions: PARTITION_COUNT,
      close: () => log.stop(),
      loseNextCommitAnswer,
      passHours: async (hours) => {
        const { name, retentionHours } = TOPICS.sensorsData
        const leftHours = Math.max(0, retentionHours - hours)
        await setRetention(`${options.namePrefix}${name}`, Math.max(1, leftHours * 3_600_000))
        await until('retention has run', async () =>
          (await log.ranges(TOPICS.sensorsData)).every(({ start, end }) => start === end),
        )
        await setRetention(`${options.namePrefix}${name}`, retentionHours * 3_600_000)
      },
      reopen: async () => {
        await log.stop()
        log = await openLog(options)
        return log
      },
    }
  },
  { durable: true, dropsUncommitted: true },
)

/**
 * Hours pass for the broker when it is to keep a topic for so much less. It answers once that is written down, and goes
 * by it a little later: until then it would drop what is new by what held before.
 */
async function setRetention(topic: string, retentionMs: number): Promise<void> {
  const admin = createKafkaClient({
    ...testOptions(kafka.brokers),
    requestTimeoutMs: 15_000,
    retries: 2,
  }).admin()
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic }
  const value = String(retentionMs)
  await admin.connect()
  try {
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value }] }],
    })
    await until('the broker goes by it', async () => {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ ...resource, configNames: ['retention.ms'] }],
      })
      return resources[0]?.configEntries[0]?.configValue === value
    })
  } finally {
    await admin.disconnect()
  }
}
