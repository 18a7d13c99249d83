import {
  createMemoryAlertStore,
  createMemoryAuditStore,
  createMemoryDeadLetterStore,
  createMemoryDeviceStore,
  createMemoryEventLog,
} from '@iot/adapter-memory'
import { randomLog } from '@iot/conformance'
import { type Alert, type AlertTransitionRecord, alertSlot, TOPICS, transitionCounts } from '@iot/contracts'
import { type AlertStore, StoreRefused, StoreUnavailable } from '@iot/ports'
import { createMetrics, silentLogger } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createArchivePipeline } from './pipeline.js'

const AT = '2026-03-11T12:00:00.000Z'
const DAY_MS = 86_400_000
const context = { signal: new AbortController().signal, fail: () => {} }

describe('the archive of alerts', () => {
  let clock: FakeClock
  let log: ReturnType<typeof createMemoryEventLog>
  let stored: AlertStore
  let archive: ReturnType<typeof createArchivePipeline>
  let audit: ReturnType<typeof createMemoryAuditStore>
  let metrics: ReturnType<typeof createMetrics>

  /** What the store answers before it does anything. */
  let onApply: (records: Parameters<AlertStore['apply']>[0]) => void

  beforeEach(async () => {
    clock = new FakeClock(Date.parse(AT))
    log = createMemoryEventLog({ clock })
    audit = createMemoryAuditStore({ clock })
    stored = createMemoryAlertStore({ audit })
    onApply = () => {}
    await log.start(context)
  })
  afterEach(async () => {
    await archive.stop()
    await log.stop()
  })

  async function start(): Promise<void> {
    metrics = createMetrics()
    const unused = () => Promise.reject(new Error('nothing is read or written'))
    archive = createArchivePipeline({
      ...{ log, clock, audit, metrics, logger: silentLogger(), retentionDays: 400 },
      alertRetentionDays: 30,
      auditRetentionDays: 10,
      readings: { write: unused, read: unused, buckets: unused, latest: unused, dropBefore: async () => 0 },
      devices: createMemoryDeviceStore({ clock }),
      deadLetters: createMemoryDeadLetterStore(),
      alerts: {
        ...stored,
        apply: async (records, place) => {
          onApply(records)
          await stored.apply(records, place)
        },
      },
    })
    await archive.start(context)
  }
  async function append(deviceId: string, ...transitions: ('opened' | 'closed')[]): Promise<void> {
    for (const [at, transition] of transitions.entries()) {
      await log.append(TOPICS.alerts, deviceId, record(deviceId, transition, at + 1))
    }
  }
  function record(
    deviceId: string,
    transition: AlertTransitionRecord['transition'],
    seq: number,
  ): AlertTransitionRecord {
    const isClosed = transition === 'closed'
    const alert: AlertTransitionRecord['alert'] = {
      alertId: `a-${deviceId}`,
      deviceId,
      severity: 'warning',
      type: 'threshold',
      message: 'hot',
      timestamp: AT,
      openedAt: AT,
      state: isClosed ? 'closed' : 'open',
      episode: 1,
      seq,
    }
    return { kind: 'transition', key: deviceId, transition, upTo: 0, alert }
  }
  async function isAllCommitted(): Promise<boolean> {
    const committed = await log.committed('archive-alerts', TOPICS.alerts)
    const ranges = await log.ranges(TOPICS.alerts)
    return ranges.every(({ partition, end }) => (committed.get(partition) ?? 0) === end)
  }

  it('stores every transition, and commits afterwards', async () => {
    await start()
    await append('d1', 'opened', 'closed')
    await append('d2', 'opened')
    await until('it is committed', isAllCommitted)
    expect((await stored.get('a-d1'))!.history).toHaveLength(2)
    expect(await stored.countActive()).toEqual({ warning: 1, critical: 0 })
  })

  it('waits while the store is away, says so, and then stores all of it', async () => {
    await start()
    onApply = () => {
      throw new StoreUnavailable('the database is away')
    }
    await append('d1', 'opened')
    await until('it says so', () => archive.health!().status === 'degraded')
    expect(archive.health!().detail).toBe('alerts cannot be stored: they wait in the log')
    expect(await isAllCommitted()).toBe(false)
    onApply = () => {}
    await until('it is committed', isAllCommitted)
    expect(await stored.get('a-d1')).toBeDefined()
    expect(archive.health!()).toEqual({ status: 'healthy' })
  })

  it('sets aside only what the store can’t hold', async () => {
    await Promise.all(['d1', 'd2', 'poison', 'd3'].map((deviceId) => append(deviceId, 'opened')))
    onApply = (records) => {
      if (records.some(({ key }) => key === 'poison')) throw new StoreRefused('no')
    }
    await start()
    await until('it is committed', isAllCommitted)
    expect(await stored.countActive()).toEqual({ warning: 3, critical: 0 })
    expect((await metrics.render()).body).toContain('iot_archive_alert_records_total{outcome="set-aside"} 1')
  })

  it('begins where the store has got to, whatever the group has committed', async () => {
    await start()
    await append('d1', 'opened')
    await until('it is committed', isAllCommitted)
    await archive.stop()
    // The database is put back as it was before.
    stored = createMemoryAlertStore({ audit })
    await start()
    await append('d1', 'opened', 'closed')
    await until('all of it is there', async () => (await stored.get('a-d1'))?.state === 'closed')
    expect((await stored.get('a-d1'))!.history).toHaveLength(2)
  })

  it('comes to what live comes to, on whatever the log holds', async () => {
    const transitions = ['acknowledged', 'shelved', 'unshelved', 'commented', 'closed'] as const
    for (let seed = 1; seed <= 20; seed++) {
      const { records } = randomLog(seed, transitions)
      const store = createMemoryAlertStore({ audit: createMemoryAuditStore({ clock }) })
      await store.apply(records)
      const expected = foldAsLive(records)
      const listed = await store.list({ limit: 1_000 })
      expect(new Map(listed.map((alert) => [alert.alertId, alert]))).toEqual(expected)
    }
  })

  it('lets go of old closed alerts and audit entries, each after its time', async () => {
    await stored.apply([
      record('old', 'opened', 1),
      record('old', 'closed', 2),
      record('active', 'opened', 1),
    ])
    clock.advance(11 * DAY_MS)
    await start()
    await until('the audit log is empty', async () => (await audit.list({ limit: 9 })).length === 0)
    expect(await stored.get('a-old')).toBeDefined()
    await archive.stop()
    clock.advance(20 * DAY_MS)
    await start()
    await until('the old one is gone', async () => (await stored.get('a-old')) === undefined)
    expect(await stored.get('a-active')).toBeDefined()
  })
})

function foldAsLive(records: readonly AlertTransitionRecord[]): Map<string, Alert> {
  const alerts = new Map<string, Alert>()
  const newest = new Map<string, string>()
  for (const record of records) {
    const { key, transition, alert } = record
    const slot = alertSlot(alert.ruleId, key, alert.sensorType)
    const current = alerts.get(transition === 'opened' ? (newest.get(slot) ?? '') : alert.alertId)
    if (!transitionCounts(current, record)) continue
    alerts.set(alert.alertId, alert)
    if (transition === 'opened') newest.set(slot, alert.alertId)
  }
  return alerts
}
