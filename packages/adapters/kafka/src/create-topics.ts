import { pause, settledWithin } from '@iot/adapter-groups'
import { TOPICS, type TopicContract } from '@iot/contracts'
import type { Logger } from '@iot/runtime'
import type { Admin } from 'kafkajs'
import { ConfigResourceTypes, createKafkaClient } from './kafka-client.js'
import { createNames } from './names.js'
import { refuseCount } from './topics.js'

const HOUR_MS = 3_600_000
/** A record's JSON has 8 Mi characters at most, of up to 3 bytes each; and there is what goes around it. */
const MAX_MESSAGE_BYTES = 26 * 1024 * 1024
const RETRY_MS = 500
const REQUEST_TIMEOUT_MS = 15_000

interface TopicPlan {
  readonly name: string
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

/**
 * Makes the system's topics, and sets those that are there to what they should be. Waits for Kafka; refuses a topic
 * with another partition count. Can be run again and by several at once.
 */
export async function createKafkaTopics(options: {
  brokers: readonly string[]
  clientId: string
  log: Logger
  replicationFactor: number
  partitions?: number
  namePrefix?: string
  topics?: readonly TopicContract[]
  /** how long Kafka is waited for */
  withinMs?: number
}): Promise<void> {
  const { brokers, clientId, log, replicationFactor, withinMs = 60_000 } = options
  const kafka = createKafkaClient({
    brokers,
    clientId: `${clientId}-migrate`,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    retries: 2,
    log,
  })
  const admin = kafka.admin()
  try {
    await connect(admin, { brokers, withinMs, log })
    const plans = planTopics(options)
    await makeMissing(admin, plans, { replicationFactor, log })
    await adjust(admin, plans, log)
  } finally {
    await settledWithin(admin.disconnect(), 2_000)
  }
}

function planTopics(options: {
  replicationFactor: number
  partitions?: number
  namePrefix?: string
  topics?: readonly TopicContract[]
}): TopicPlan[] {
  const { replicationFactor, topics = Object.values(TOPICS) } = options
  const names = createNames({
    ...(options.namePrefix !== undefined && { prefix: options.namePrefix }),
    ...(options.partitions !== undefined && { partitions: options.partitions }),
  })
  const common = {
    // With three copies and more, one may be missing and a record is still on two disks.
    'min.insync.replicas': replicationFactor >= 3 ? '2' : '1',
    'max.message.bytes': String(MAX_MESSAGE_BYTES),
  }
  return [
    ...topics.map((topic) => ({
      name: names.topic(topic.name),
      partitions: names.partitionsOf(topic),
      config: {
        ...common,
        'cleanup.policy': 'delete',
        'retention.ms': String(topic.retentionHours * HOUR_MS),
      },
    })),
    { name: names.epochTopic, partitions: 1, config: { ...common, 'cleanup.policy': 'compact' } },
  ]
}

async function connect(
  admin: Admin,
  options: { brokers: readonly string[]; withinMs: number; log: Logger },
): Promise<void> {
  const giveUpAtMs = performance.now() + options.withinMs
  for (let attempt = 1; ; attempt++) {
    try {
      await admin.connect()
      await admin.listTopics()
      return
    } catch (cause) {
      if (performance.now() > giveUpAtMs) {
        const where = options.brokers.join(', ')
        throw new Error(`Kafka does not answer at ${where}: check KAFKA_BROKERS and the broker`, { cause })
      }
      if (attempt === 1) options.log.info({ err: cause }, 'waiting for Kafka')
      await pause(RETRY_MS, new AbortController().signal)
    }
  }
}

async function makeMissing(
  admin: Admin,
  plans: readonly TopicPlan[],
  options: { replicationFactor: number; log: Logger },
): Promise<void> {
  const existing = new Set(await admin.listTopics())
  const missing = plans.filter(({ name }) => !existing.has(name))
  if (missing.length > 0) {
    // False where another has made them in the meantime, which is as good.
    await admin.createTopics({
      waitForLeaders: true,
      timeout: REQUEST_TIMEOUT_MS,
      topics: missing.map(({ name, partitions, config }) => ({
        topic: name,
        numPartitions: partitions,
        replicationFactor: options.replicationFactor,
        configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
      })),
    })
    options.log.info({ topics: missing.map(({ name }) => name) }, 'topics made')
  }
  const { topics } = await admin.fetchTopicMetadata({ topics: plans.map(({ name }) => name) })
  for (const { name, partitions } of plans) {
    refuseCount(name, topics.find((topic) => topic.name === name)?.partitions.length ?? 0, partitions)
  }
}

async function adjust(admin: Admin, plans: readonly TopicPlan[], log: Logger): Promise<void> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: plans.map(({ name, config }) => ({
      type: ConfigResourceTypes.TOPIC,
      name,
      configNames: Object.keys(config),
    })),
  })
  const different = plans.filter(({ name, config }) => {
    const entries = resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? []
    return Object.entries(config).some(
      ([key, value]) => entries.find(({ configName }) => configName === key)?.configValue !== value,
    )
  })
  if (different.length === 0) return
  await admin.alterConfigs({
    validateOnly: false,
    resources: different.map(({ name, config }) => ({
      type: ConfigResourceTypes.TOPIC,
      name,
      configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    })),
  })
  log.info({ topics: different.map(({ name }) => name) }, 'settings of topics changed to what they should be')
}
