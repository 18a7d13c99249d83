import { Wait } from 'testcontainers'
import { freePort } from './free-port.js'
import { startContainer } from './start-container.js'

export interface StartedKafka {
  /** for `docker pause` and the like */
  readonly id: string
  /** host:port each */
  readonly brokers: readonly string[]
  stop(): Promise<void>
}

const STARTUP_LIMIT_MS = 120_000
const INTERNAL_PORT = 29_092
const CONTROLLER_PORT = 29_093

/** One Kafka broker that is its own controller. Looks for what retention drops every half second. */
export async function startKafka(): Promise<StartedKafka> {
  // A broker tells its clients where to find it, so the port has to be known before it starts.
  const port = await freePort()
  const container = await startContainer((Container) =>
    new Container('apache/kafka:4.1.1')
      .withExposedPorts({ container: port, host: port })
      .withEnvironment({
        KAFKA_NODE_ID: '1',
        KAFKA_PROCESS_ROLES: 'broker,controller',
        KAFKA_CONTROLLER_QUORUM_VOTERS: `1@localhost:${CONTROLLER_PORT}`,
        KAFKA_LISTENERS: `OUTSIDE://:${port},INSIDE://:${INTERNAL_PORT},CONTROLLER://:${CONTROLLER_PORT}`,
        KAFKA_ADVERTISED_LISTENERS: `OUTSIDE://localhost:${port},INSIDE://localhost:${INTERNAL_PORT}`,
        KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'OUTSIDE:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT',
        KAFKA_INTER_BROKER_LISTENER_NAME: 'INSIDE',
        KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
        KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
        KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '3',
        KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
        KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
        KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
        KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
        KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
        KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
        KAFKA_LOG_RETENTION_CHECK_INTERVAL_MS: '500',
        KAFKA_LOG_INITIAL_TASK_DELAY_MS: '500',
        KAFKA_HEAP_OPTS: '-Xms256m -Xmx512m',
      })
      .withStartupTimeout(STARTUP_LIMIT_MS)
      .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/)),
  )
  return {
    id: container.getId(),
    brokers: [`localhost:${port}`],
    stop: async () => {
      await container.stop()
    },
  }
}
