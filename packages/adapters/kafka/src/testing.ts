import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { TOPICS, type TopicContract } from '@iot/contracts'
import { silentLogger } from '@iot/runtime'
import { createKafkaTopics } from './create-topics.js'
import { createKafkaEventLog, type KafkaEventLog, type KafkaEventLogOptions } from './event-log.js'
import type { Broker } from './kafka-cluster.js'
import { KafkaConnection } from './kafka-connection.js'

export const PARTITION_COUNT = 2
/** longer than any answer without records in these tests */
const LONG_ANSWER_BYTES = 2_000

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
  try {
    await log.start({ signal: new AbortController().signal, fail: () => {} })
    return log
  } catch (error) {
    await log.stop()
    throw error
  }
}

/** Connections that do what a test wants with calls to a group's coordinator. */
export function trickyConnections(): {
  connect: NonNullable<KafkaEventLogOptions['connect']>
  /** The next commit takes effect, and its answer is lost. */
  loseNextCommitAnswer(): void
  /** The next heartbeats are answered with an error of this type. */
  answerHeartbeatsWith(type: string): void
  /** As if the process were killed: no word goes out any more. */
  kill(): Promise<void>
} {
  let isToLose = false
  let heartbeatError: string | undefined
  const open: KafkaConnection[] = []

  class TrickyConnection extends KafkaConnection {
    override onCoordinator<Answer>(
      group: string,
      call: (broker: Broker) => Promise<Answer>,
    ): Promise<Answer> {
      return super.onCoordinator(group, (broker) => call(tricky(broker)))
    }
  }

  function tricky(broker: Broker): Broker {
    const changed: Partial<Broker> = {
      heartbeat: async (request) => {
        if (heartbeatError) throw Object.assign(new Error(heartbeatError), { type: heartbeatError })
        return broker.heartbeat(request)
      },
      offsetCommit: async (request) => {
        const answer = await broker.offsetCommit(request)
        if (!isToLose) return answer
        isToLose = false
        throw new Error('the connection was lost before the answer came')
      },
    }
    return new Proxy(broker, {
      get: (target, name: keyof Broker) => changed[name] ?? target[name].bind(target),
    })
  }

  return {
    connect: (options) => {
      const connection = new TrickyConnection(options)
      open.push(connection)
      return connection
    },
    loseNextCommitAnswer: () => {
      isToLose = true
    },
    answerHeartbeatsWith: (type) => {
      heartbeatError = type
    },
    kill: async () => {
      await Promise.all(open.map((connection) => connection.close()))
    },
  }
}

/** Connections that reach the broker through a wire which can be cut in the middle of an answer. */
export async function cuttableConnections(): Promise<{
  connect: NonNullable<KafkaEventLogOptions['connect']>
  /** Of the next answers with records in them, one is cut after its first bytes, and its connection with it. */
  cutNextAnswer(): void
  /** how many were cut */
  readonly cuts: number
  close(): void
}> {
  let isToCut = false
  let cuts = 0
  let broker = { host: '', port: 0 }
  const open = new Set<Socket>()
  const wire = createServer((inner) => {
    const outer = connect(broker)
    for (const socket of [inner, outer]) {
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        open.delete(socket)
        inner.destroy()
        outer.destroy()
      })
    }
    inner.pipe(outer)
    outer.on('data', (answer) => {
      if (!isToCut || answer.length < LONG_ANSWER_BYTES) return void inner.write(answer)
      isToCut = false
      cuts += 1
      inner.end(answer.subarray(0, 60))
    })
  }).listen(0, '127.0.0.1')
  await once(wire, 'listening')

  class CuttableConnection extends KafkaConnection {
    protected override dial(host: string, port: number): Socket {
      broker = { host, port }
      return super.dial('127.0.0.1', (wire.address() as AddressInfo).port)
    }
  }

  return {
    connect: (options) => new CuttableConnection(options),
    cutNextAnswer: () => {
      isToCut = true
    },
    get cuts() {
      return cuts
    },
    close: () => {
      wire.close()
      for (const socket of open) socket.destroy()
    },
  }
}
