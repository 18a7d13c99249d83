import type {
  AlertRuleStore,
  AlertSender,
  AlertStore,
  AuditStore,
  ChannelStore,
  Clock,
  DeadLetterStore,
  DeviceBroker,
  DeviceDoor,
  DeviceStore,
  EventLog,
  FleetChannel,
  LiveBus,
  LiveState,
  NotificationStore,
  PasswordHasher,
  ReadingStore,
  ServiceRegistry,
  SnapshotStore,
} from '@iot/ports'
import {
  type Component,
  type ComponentReport,
  type Logger,
  type Metrics,
  type RunningComponents,
  runComponents,
  worstHealth,
} from '@iot/runtime'
import { createArchivePipeline } from './archive/pipeline.js'
import { createBridgePipeline } from './bridge/pipeline.js'
import type { IngestionConfig } from './config.js'
import { createLivePipeline } from './live/pipeline.js'
import { diskUse } from './live/system/disk-use.js'
import { createNotifyPipeline } from './notify/pipeline.js'

/** In order of start: the door opens when what it lets in has somewhere to go; the stop is in reverse. */
export const PIPELINES = ['archive', 'notify', 'live', 'bridge'] as const
export type PipelineName = (typeof PIPELINES)[number]

export interface IngestionPorts {
  readonly log: EventLog
  readonly door: DeviceDoor
  /** a broker of its own that devices publish to */
  readonly broker?: DeviceBroker | undefined
  readonly bus: LiveBus
  /** how the devices of all partitions are */
  readonly state: LiveState
  readonly readings: ReadingStore
  readonly devices: DeviceStore
  readonly deadLetters: DeadLetterStore
  readonly rules: AlertRuleStore
  readonly alerts: AlertStore
  readonly audit: AuditStore
  readonly snapshots: SnapshotStore
  /** which processes live, and which were lost */
  readonly registry: ServiceRegistry
  /** ways to tell people of alerts, and their messages */
  readonly channels: ChannelStore
  readonly sender: AlertSender
  readonly notifications: NotificationStore
  readonly channel: FleetChannel
  readonly passwords: PasswordHasher
}

/** What each pipeline stands on: a process opens no connection that none of its pipelines uses. */
export const PIPELINE_PORTS = {
  archive: ['log', 'readings', 'devices', 'deadLetters', 'alerts', 'audit'],
  live: ['log', 'bus', 'state', 'snapshots', 'rules', 'devices', 'registry'],
  bridge: ['log', 'door', 'broker', 'devices', 'passwords', 'channel'],
  notify: ['log', 'channels', 'sender', 'notifications', 'channel'],
} as const satisfies Readonly<Record<PipelineName, readonly (keyof IngestionPorts)[]>>

/** Ports that a pipeline works without, too. */
const OPTIONAL_PORTS: ReadonlySet<keyof IngestionPorts> = new Set(['broker'])

/** With the ports of the pipelines that run; the others may be left out. */
export interface IngestionDeps extends Partial<IngestionPorts> {
  /** which of them run in this process */
  readonly pipelines: readonly PipelineName[]
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly config: IngestionConfig
}

const CREATE: Readonly<Record<PipelineName, (deps: IngestionDeps) => Component>> = {
  archive: (deps) =>
    createArchivePipeline({
      ...deps,
      ...portsFor('archive', deps),
      retentionDays: deps.config.RETENTION_DAYS,
      alertRetentionDays: deps.config.ALERT_RETENTION_DAYS,
      auditRetentionDays: deps.config.AUDIT_RETENTION_DAYS,
    }),
  live: (deps) => {
    const ports = portsFor('live', deps)
    const { config } = deps
    return createLivePipeline({
      ...deps,
      ...ports,
      maxDevices: config.MAX_DEVICES,
      system: {
        registry: ports.registry,
        limits: {
          lagRecords: config.SYSTEM_LAG_RECORDS,
          stallMs: config.SYSTEM_STALL_SECONDS * 1_000,
          deadLettersPerMinute: config.SYSTEM_DEAD_LETTERS_PER_MINUTE,
          diskPercent: config.SYSTEM_DISK_PERCENT,
        },
        diskUse: () => diskUse(config.DATA_DIR),
      },
    })
  },
  bridge: (deps) => createBridgePipeline({ ...deps, ...portsFor('bridge', deps) }),
  notify: (deps) => createNotifyPipeline({ ...deps, ...portsFor('notify', deps) }),
}

type PortsOf<Name extends PipelineName> = Pick<IngestionPorts, (typeof PIPELINE_PORTS)[Name][number]>

function portsFor<Name extends PipelineName>(name: Name, deps: Partial<IngestionPorts>): PortsOf<Name> {
  const missing = PIPELINE_PORTS[name].filter((port) => deps[port] === undefined && !OPTIONAL_PORTS.has(port))
  if (missing.length > 0) throw new Error(`pipeline ${name} was given no ${missing.join(', ')}`)
  return deps as PortsOf<Name>
}

/** Devices to log; log to bus and store. */
export function createIngestion(deps: IngestionDeps): Component {
  const pipelines = PIPELINES.filter((name) => deps.pipelines.includes(name)).map((name) =>
    CREATE[name]({ ...deps, logger: deps.logger.child({ pipeline: name }) }),
  )
  let running: RunningComponents | undefined

  return {
    name: 'ingestion',
    async start({ signal, fail }) {
      running = await runComponents(pipelines, { log: deps.logger, signal })
      running.failed.catch(fail)
    },
    async stop() {
      await running?.stop()
    },
    health: () => summarise(running?.reports() ?? {}),
  }
}

/** As bad as the worst pipeline, and which they are. */
function summarise(reports: Record<string, ComponentReport>): ComponentReport {
  const ailing = Object.entries(reports).filter(([, report]) => report.status !== 'healthy')
  if (ailing.length === 0) return { status: 'healthy' }
  const status = worstHealth(ailing.map(([, report]) => report.status))
  const detail = ailing.map(([name, report]) => `${name}: ${report.detail ?? report.status}`).join('; ')
  return { status, detail }
}
