import { type LogConsumer, LogError, type LogSubscription } from '@iot/ports'
import { type Logger, silentLogger } from '@iot/runtime'
import { ConsumerGroup } from './consumer-group.js'
import type { GroupSource } from './group-source.js'

/** The consumer groups of one process over a log whose only process it is. */
export interface ConsumerGroups {
  /** See `EventLog.subscribe`. All members of a group read the same topics; others are refused with an Error. */
  subscribe(consumer: LogConsumer): Promise<LogSubscription>
  /** Records were appended and can be read. */
  appended(topic: string, partition: number): void
  /** Ends all subscriptions with an error: the log can't go on. */
  fail(error: unknown): void
  /** Ends all subscriptions in order: running batches get their bounded time. No one joins any more. */
  stop(): Promise<void>
}

export function createConsumerGroups(deps: {
  source: GroupSource
  log?: Logger
  /** how long a running batch may go on after its partition was taken away, ms */
  revokeLimitMs?: number
}): ConsumerGroups {
  const { source, log = silentLogger(), revokeLimitMs = 5_000 } = deps
  const groups = new Map<string, ConsumerGroup>()
  let ended: Error | undefined

  return {
    async subscribe(consumer) {
      if (!(consumer.maxRecords >= 1)) throw new RangeError('maxRecords must be at least 1')
      if (consumer.topics.length === 0) throw new RangeError('a consumer reads at least one topic')
      await source.openGroup(consumer.group, consumer.topics)
      if (ended) throw ended
      let group = groups.get(consumer.group)
      if (!group) {
        const topics = consumer.topics.map(({ name }) => name)
        group = new ConsumerGroup({ name: consumer.group, topics, source, log, revokeLimitMs })
        groups.set(consumer.group, group)
      }
      return group.join(consumer)
    },
    appended(topic, partition) {
      for (const group of groups.values()) group.wake(topic, partition)
    },
    fail(error) {
      ended ??= error instanceof Error ? error : new LogError('LOG_CLOSED', String(error))
      for (const group of groups.values()) group.fail(error)
    },
    async stop() {
      ended ??= new LogError('LOG_CLOSED', 'the log is closed')
      await Promise.all([...groups.values()].map((group) => group.stop()))
    },
  }
}
