import { randomUUID } from 'node:crypto'
import { TOPICS, type TopicContract } from '@iot/contracts'
import { silentLogger } from '@iot/runtime'
import { createKafkaTopics } from './create-topics.js'
import { createKafkaEventLog, type KafkaEventLog, type KafkaEventLogOptions } from './event-log.js'
import type { Broker } from './kafka-cluster.js'
import { KafkaConnection } from './kafka-connection.js'

export const PARTITION_COUNT = 2

/** Settings of a log for tests: names of its own, and a group that gathers quickly. */
export function testOptions(
  brokers: readonly string[],
  more: Partial<KafkaEventLogOptions> = {},
): KafkaEventLogOptions {
  return {
    brokers,
    clientId: 'test',
    log: silentLogger(),
    partitions: PARTITION_COUNT,
    namePrefix: `${randomUUID().slice(0, 8)}.`,
    topics: [TOPICS.sensorsData, TOPICS.deviceStatus],
    lingerMs: 1,
    sessionMs: 10_000,
    heartbeatMs: 100,
    revokeLimitMs: 2_000,
    ...more,
  }
}

export async function makeTopics(options: KafkaEventLogOptions): Promise<void> {
  const { brokers, clientId, log, namePrefix, partitions, topics } = options
  await createKafkaTopics({
    brokers,
    clientId,
    log,
    replicationFactor: 1,
    ...(namePrefix !== undefined && { namePrefix }),
    ...(partitions !== undefined && { partitions }),
    ...(topics && { topics: topics as readonly TopicContract[] }),
  })
}

export async function openLog(options: KafkaEventLogOptions): Promise<KafkaEventLog> {
  const log = createKafkaEventLog(options)
  await log.start({ signal: new AbortController().signal, fail: () => {} })
  return log
}

/** Connections on which the answer to the next commit can be lost after it took effect. */
export function forgetfulConnections(): {
  connect: NonNullable<KafkaEventLogOptions['connect']>
  loseNextCommitAnswer(): void
} {
  let isToLose = false
  class ForgetfulConnection extends KafkaConnection {
    override onCoordinator<Answer>(
      group: string,
      call: (broker: Broker) => Promise<Answer>,
    ): Promise<Answer> {
      return super.onCoordinator(group, (broker) =>
        call({
          ...broker,
          joinGroup: (request) => broker.joinGroup(request),
          syncGroup: (request) => broker.syncGroup(request),
          heartbeat: (request) => broker.heartbeat(request),
          leaveGroup: (request) => broker.leaveGroup(request),
          offsetFetch: (request) => broker.offsetFetch(request),
          offsetCommit: async (request) => {
            const answer = await broker.offsetCommit(request)
            if (!isToLose) return answer
            isToLose = false
            throw new Error('the connection was lost before the answer came')
          },
        }),
      )
    }
  }
  return {
    connect: (options) => new ForgetfulConnection(options),
    loseNextCommitAnswer: () => {
      isToLose = true
    },
  }
}
