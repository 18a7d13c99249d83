import { type ConsumerGroups, createConsumerGroups } from '@iot/adapter-groups'
import type { Clock, LogError } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { Database } from '../database.js'
import { GroupOffsets } from './group-offsets.js'
import { LogAppender } from './log-appender.js'
import { LogOwnership } from './log-ownership.js'
import { LogRetention } from './log-retention.js'
import { LogSource } from './log-source.js'
import { LogTail } from './log-tail.js'
import { LogWriter } from './log-writer.js'
import { TopicRegistry } from './topic-registry.js'

export interface LogLimits {
  readonly lingerMs: number
  readonly maxFlushRecords: number
  readonly maxFlushBytes: number
  readonly maxLogBytes: number
  readonly tailBytes: number
  readonly retryLimitMs: number
  readonly revokeLimitMs: number
}

/** What an open log is made of. */
export interface LogParts {
  readonly ownership: LogOwnership
  readonly offsets: GroupOffsets
  readonly retention: LogRetention
  readonly appender: LogAppender
  readonly source: LogSource
  readonly groups: ConsumerGroups
}

/** Takes the log and reads what is kept in memory of it. Rejects with a StartError, or like `Database`. */
export async function openLogParts(deps: {
  database: Database
  partitions: number
  clock: Clock
  log: Logger
  limits: LogLimits
  signal: AbortSignal
  onFenced: (error: LogError) => void
}): Promise<LogParts> {
  const { database, partitions, limits, log, clock, signal, onFenced } = deps
  const ownership = new LogOwnership({ database })
  await ownership.take(partitions)
  const { owner } = ownership
  const common = { database, owner, partitions, clock, log, signal, onFenced }
  const topics = new TopicRegistry(common)
  const offsets = new GroupOffsets({ ...common, lingerMs: limits.lingerMs })
  const retention = new LogRetention({ ...common, topics, offsets, maxLogBytes: limits.maxLogBytes })
  await Promise.all([topics.load(), offsets.load(), retention.load()])

  const tail = new LogTail({ maxBytes: limits.tailBytes })
  const source = new LogSource({ ...common, topics, tail, offsets })
  const groups = createConsumerGroups({ source, log, revokeLimitMs: limits.revokeLimitMs })
  const appender = new LogAppender({
    ...common,
    topics,
    tail,
    retention,
    limits,
    writer: new LogWriter({ database, ownership }),
    onAppended: ({ state }) => groups.appended(state.topic, state.partition),
  })
  return { ownership, offsets, retention, appender, source, groups }
}
