import {
  createInProcessBus,
  createMemoryAlertRuleStore,
  createMemoryAlertStore,
  createMemoryAuditStore,
  createMemoryChannelStore,
  createMemoryDeadLetterStore,
  createMemoryDeviceStore,
  createMemoryEventLog,
  createMemoryFleetChannel,
  createMemoryNotificationStore,
  createMemoryServiceRegistry,
  createMemoryUserStore,
} from '@iot/adapter-memory'
import type { DeviceDoor, DoorKeeper } from '@iot/ports'
import { createMetrics, silentLogger } from '@iot/runtime'
import { FakeClock } from '@iot/testkit'
import { describe, expect, it } from '@jest/globals'
import { createIngestion, type IngestionDeps, type IngestionPorts, type PipelineName } from './service.js'

function createDeps(pipelines: readonly PipelineName[], events: string[]) {
  const clock = new FakeClock()
  const logger = silentLogger()
  const log = createMemoryEventLog({ clock })
  const audit = createMemoryAuditStore({ clock })
  let keeper: DoorKeeper | undefined
  const door: DeviceDoor = {
    async open(opened) {
      events.push('door opened')
      keeper = opened
    },
    port: 0,
    async close() {
      events.push('door closed')
    },
    connections: () => 0,
    identities: () => [],
    disconnect: () => 0,
    inFlight: () => 0,
  }
  const unused = () => {
    throw new Error('not used here')
  }
  const bus = createInProcessBus({ clock, logger, windowBytes: 1_048_576 })
  const deps: IngestionDeps & IngestionPorts = {
    pipelines,
    log,
    door,
    bus,
    state: bus,
    readings: { write: unused, read: unused, buckets: unused, latest: unused, dropBefore: async () => 0 },
    devices: createMemoryDeviceStore({ clock }),
    deadLetters: createMemoryDeadLetterStore(),
    rules: createMemoryAlertRuleStore({ clock }),
    audit,
    alerts: createMemoryAlertStore({ audit }),
    snapshots: { load: async () => undefined, save: async () => true },
    registry: createMemoryServiceRegistry({ clock }),
    channels: createMemoryChannelStore(),
    sender: { send: unused },
    notifications: createMemoryNotificationStore({ clock, users: createMemoryUserStore({ clock }) }),
    channel: createMemoryFleetChannel({ logger, metrics: createMetrics() }),
    passwords: { hash: unused, verify: unused },
    clock,
    logger,
    metrics: createMetrics(),
    config: {
      MQTT_TOPIC_SENSOR_DATA: 'sensor/data',
      MQTT_ALLOW_ANONYMOUS: false,
      MQTT_BROKER_USERNAME: undefined,
      MQTT_BROKER_PASSWORD: undefined,
      MQTT_BROKER_AUTH_DIR: undefined,
      MAX_DEVICES: 10,
      LOGIN_MAX_FAILURES: 10,
      RETENTION_DAYS: 400,
      ALERT_RETENTION_DAYS: 400,
      AUDIT_RETENTION_DAYS: 400,
      DATA_DIR: './data',
      SYSTEM_LAG_RECORDS: 10_000,
      SYSTEM_STALL_SECONDS: 30,
      SYSTEM_DEAD_LETTERS_PER_MINUTE: 10,
      SYSTEM_DISK_PERCENT: 90,
    },
  }
  return { deps, log, keeper: () => keeper }
}

const context = { signal: new AbortController().signal, fail: () => {} }

describe('ingestion', () => {
  it('runs the pipelines that are named and no other', async () => {
    const events: string[] = []
    const { deps, log } = createDeps(['archive', 'notify', 'live'], events)
    await log.start(context)
    const ingestion = createIngestion(deps)
    await ingestion.start(context)
    expect(ingestion.health?.()).toEqual({ status: 'healthy' })
    await ingestion.stop()
    await log.stop()
    expect(events).toEqual([])
  })

  it('opens the door last and closes it first', async () => {
    const events: string[] = []
    const { deps, log } = createDeps(['bridge', 'live', 'archive'], events)
    const watched: IngestionDeps = {
      ...deps,
      log: Object.assign(Object.create(log) as typeof log, {
        epoch: log.epoch,
        append: log.append.bind(log),
        read: log.read.bind(log),
        ranges: log.ranges.bind(log),
        committed: log.committed.bind(log),
        subscribe: async (consumer: Parameters<typeof log.subscribe>[0]) => {
          events.push('subscribed')
          const subscription = await log.subscribe(consumer)
          return {
            ...subscription,
            stop: async () => {
              events.push('left')
              await subscription.stop()
            },
          }
        },
      }),
    }
    await log.start(context)
    const ingestion = createIngestion(watched)
    await ingestion.start(context)
    expect(events.at(-1)).toBe('door opened')
    const begun = events.length
    await ingestion.stop()
    await log.stop()
    expect(events[begun]).toBe('door closed')
    expect(events.slice(begun + 1)).toContain('left')
  })

  it('runs a pipeline on its own ports alone, and says which is missing', async () => {
    const { deps } = createDeps(['live'], [])
    const {
      log,
      bus,
      state,
      snapshots,
      rules,
      devices,
      registry,
      pipelines,
      clock,
      logger,
      metrics,
      config,
    } = deps
    const process = { pipelines, clock, logger, metrics, config }
    expect(createIngestion({ ...process, log, bus, state, snapshots, rules, devices, registry }).name).toBe(
      'ingestion',
    )
    expect(() => createIngestion({ ...process, log, bus, state, rules, devices, registry })).toThrow(
      'pipeline live was given no snapshots',
    )
  })

  it('stops what has started when one of them can’t', async () => {
    const events: string[] = []
    const { deps, log } = createDeps(['bridge', 'live'], events)
    await log.start(context)
    const ingestion = createIngestion({
      ...deps,
      door: { ...deps.door, open: () => Promise.reject(new Error('the port is taken')) },
    })
    await expect(ingestion.start(context)).rejects.toThrow('the port is taken')
    await ingestion.stop()
    await log.stop()
  })
})
