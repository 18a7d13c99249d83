import type { AlertRuleStore, FleetService, LiveBus, ServiceRegistry } from '@iot/ports'
import { within } from '../within.js'
import type { SystemCheck } from './system-check.js'

const AWAY_FOR_MS = 15_000
/** How long an answer may take. */
const ANSWER_MS = 3_000
/** Beside the ten seconds after which the registry takes a process for lost. */
const LOST_FOR_MS = 20_000
/** A disk that has been told of is well again when so many hundredths are free beyond the limit. */
const DISK_CALM = 2

const SERVICES: readonly FleetService[] = ['data-ingestion', 'websocket-service', 'api-gateway']

/** What the system stands on: each is asked something small. */
export function serverChecks(ports: {
  readonly bus: Pick<LiveBus, 'heads'>
  readonly rules: Pick<AlertRuleStore, 'version'>
}): SystemCheck[] {
  return [
    {
      name: 'live-bus',
      severity: 'critical',
      affectedServices: ['data-ingestion', 'websocket-service'],
      forMs: AWAY_FOR_MS,
      look: () =>
        answers(
          () => ports.bus.heads(),
          'The live bus (Redis) does not answer: live values stand still, and nothing is lost. Look whether Redis ' +
            'runs and can be reached.',
        ),
    },
    {
      name: 'database',
      severity: 'critical',
      affectedServices: ['data-ingestion', 'api-gateway'],
      forMs: AWAY_FOR_MS,
      look: () =>
        answers(
          () => ports.rules.version(),
          'The database does not answer: history, logins and lists fail, live values go on, and readings wait in the ' +
            'log. Look whether PostgreSQL runs and can be reached.',
        ),
    },
  ]
}

/** A process that fell silent without a goodbye, one check a service. One that has begun since stands in for it. */
export function lostChecks(registry: Pick<ServiceRegistry, 'list' | 'lost'>): SystemCheck[] {
  return SERVICES.map((service) => ({
    name: `lost-${service}`,
    severity: 'critical',
    affectedServices: [service],
    forMs: LOST_FOR_MS,
    async look() {
      const [living, lost] = await Promise.all([registry.list(), registry.lost()])
      const mine = living.filter((one) => one.service === service)
      const starts = mine.map(({ startedAt }) => Date.parse(startedAt))
      const missing = lost.filter((one) => one.service === service).sort((a, b) => a.lastMs - b.lastMs)
      const replaced = missing.filter(({ lastMs }) => {
        const at = starts.findIndex((startMs) => startMs > lastMs)
        if (at >= 0) starts.splice(at, 1)
        return at >= 0
      })
      const gone = missing.filter((one) => !replaced.includes(one)).map(({ instance }) => instance)
      if (gone.length === 0) return null
      const rest = mine.length === 0 ? 'no other runs' : `still running: ${mine.length}`
      return `${service} on ${gone.join(', ')} is not heard any more; ${rest}. Look at its container and its log.`
    },
  }))
}

/** `use`: how full the disk of the data folder is, in hundredths; undefined where there is no such folder. */
export function diskCheck(use: () => Promise<number | undefined>, limit: number): SystemCheck {
  let isAmiss = false
  return {
    name: 'disk',
    severity: 'critical',
    affectedServices: ['data-ingestion', 'api-gateway'],
    forMs: AWAY_FOR_MS,
    async look() {
      const full = await use()
      if (full === undefined) return null
      isAmiss = full > (isAmiss ? limit - DISK_CALM : limit)
      if (!isAmiss) return null
      return (
        `The disk of the data folder is ${Math.floor(full)} % full. When it is full nothing is stored any more: make ` +
        'room, or keep readings for fewer days (RETENTION_DAYS).'
      )
    },
  }
}

async function answers(ask: () => Promise<unknown>, otherwise: string): Promise<string | null> {
  try {
    await within(ANSWER_MS, ask())
    return null
  } catch {
    return otherwise
  }
}
