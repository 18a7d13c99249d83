import { TOPICS, type TopicContract } from '@iot/contracts'
import type { EventLog, FleetService } from '@iot/ports'
import type { SystemCheck } from './system-check.js'

/** A lag that has begun to shrink is told of until it is this much of the limit. */
const LAG_CALM = 1 / 2
const RATE_CALM = 1 / 2
const RATE_SPAN_MS = 60_000
const FOR_MS = 15_000

export interface LogCheckLimits {
  readonly lagRecords: number
  /** how long a group with work to do may commit nothing, ms */
  readonly stallMs: number
  readonly deadLettersPerMinute: number
}

interface Pipeline {
  readonly name: string
  /** what people miss */
  readonly means: string
  readonly affectedServices: readonly FleetService[]
  /** groups with the topics that they read */
  readonly reads: readonly (readonly [group: string, topics: readonly TopicContract[]])[]
}

const PIPELINES: readonly Pipeline[] = [
  {
    name: 'live',
    means: 'Live values and alerts come late',
    affectedServices: ['data-ingestion', 'websocket-service'],
    reads: [['live', [TOPICS.sensorsData, TOPICS.deviceStatus, TOPICS.alerts, TOPICS.alertActions]]],
  },
  {
    name: 'archive',
    means: 'History and lists of alerts are not up to date',
    affectedServices: ['data-ingestion', 'api-gateway'],
    reads: [
      ['archive', [TOPICS.sensorsData, TOPICS.deviceStatus]],
      ['archive-alerts', [TOPICS.alerts]],
      ['archive-dead-letters', [TOPICS.deadLetters]],
    ],
  },
  {
    name: 'notify',
    means: 'Messages about alerts are sent late',
    affectedServices: ['data-ingestion'],
    reads: [['notify', [TOPICS.alerts]]],
  },
]

type QueriedLog = Pick<EventLog, 'ranges' | 'committed'>

export function logChecks(log: QueriedLog, limits: LogCheckLimits): SystemCheck[] {
  return [...PIPELINES.map((pipeline) => lagCheck(log, pipeline, limits)), deadLetterCheck(log, limits)]
}

/** Too much to do, or something to do and nothing done for a while. */
function lagCheck(log: QueriedLog, pipeline: Pipeline, limits: LogCheckLimits): SystemCheck {
  const { name, means, affectedServices } = pipeline
  const { lagRecords, stallMs } = limits
  let isAmiss = false
  let doneBefore = -1
  let movedMs = Number.NEGATIVE_INFINITY
  let lagThen = 0

  return {
    ...{ name: `lag-${name}`, severity: 'warning', affectedServices, forMs: FOR_MS },
    async look(nowMs) {
      const { lag, done } = await progressOf(log, pipeline)
      if (done !== doneBefore || lag === 0) {
        movedMs = nowMs
        lagThen = lag
      }
      doneBefore = done
      // A member that took over may be past what its group has committed, and commits with the next record only.
      const isStalled = nowMs - movedMs >= stallMs && lag > lagThen
      isAmiss = isStalled || lag > (isAmiss ? lagRecords * LAG_CALM : lagRecords)
      if (!isAmiss) return null
      const why = isStalled
        ? 'it has stopped: look at the log of data-ingestion, and whether its database and Redis answer'
        : 'more comes than it can take: look at the load of its machine and of the database, or start another data-ingestion'
      return `The ${name} pipeline is ${lag} records behind, and ${why}. ${means}; nothing is lost.`
    },
  }
}

async function progressOf(log: QueriedLog, { reads }: Pipeline): Promise<{ lag: number; done: number }> {
  let lag = 0
  let done = 0
  for (const [group, topics] of reads) {
    for (const topic of topics) {
      const [ranges, committed] = await Promise.all([log.ranges(topic), log.committed(group, topic)])
      for (const { partition, start, end } of ranges) {
        const next = Math.max(start, committed.get(partition) ?? 0)
        done += next
        lag += Math.max(0, end - next)
      }
    }
  }
  return { lag, done }
}

function deadLetterCheck(log: QueriedLog, { deadLettersPerMinute }: LogCheckLimits): SystemCheck {
  let counts: { readonly atMs: number; readonly count: number }[] = []
  let isAmiss = false
  return {
    name: 'dead-letters',
    severity: 'warning',
    affectedServices: ['data-ingestion'],
    // It is a count of a minute already.
    forMs: 0,
    async look(nowMs) {
      const ranges = await log.ranges(TOPICS.deadLetters)
      const count = ranges.reduce((sum, { end }) => sum + end, 0)
      counts = [...counts.filter(({ atMs }) => atMs > nowMs - RATE_SPAN_MS), { atMs: nowMs, count }]
      const rose = count - counts[0]!.count
      isAmiss = rose > (isAmiss ? deadLettersPerMinute * RATE_CALM : deadLettersPerMinute)
      if (!isAmiss) return null
      return (
        `${rose} messages of devices were refused within a minute. System, “Dead letters” shows them and why; ` +
        'mend the device or its credentials, and replay what can be saved.'
      )
    },
  }
}
