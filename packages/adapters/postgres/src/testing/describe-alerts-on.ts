import type { Alert, AlertRecord } from '@iot/contracts'
import { StoreRefused } from '@iot/ports'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createPostgresAlertRuleStore } from '../alerts/alert-rule-store.js'
import { createPostgresAlertStore } from '../alerts/alert-store.js'
import type { Database } from '../database.js'
import type { TestDatabase } from './test-database.js'

const NOON = '2026-03-11T12:00:00.000Z'

function opening(number: number, more: Partial<Alert> = {}): AlertRecord {
  const alert: Alert = {
    alertId: `a${number}`,
    deviceId: `d${number}`,
    sensorType: 'temperature',
    severity: 'warning',
    type: 'threshold',
    message: 'hot',
    timestamp: NOON,
    openedAt: NOON,
    state: 'open',
    ruleId: 'r1',
    episode: 1,
    seq: 1,
    ...more,
  }
  return { kind: 'transition', key: alert.deviceId!, transition: 'opened', upTo: 0, alert }
}

/** What the tables of alerts promise beside what every store of alerts does. */
export function describeAlertsOn(name: string, server: () => TestDatabase): void {
  describe(`the tables of alerts on ${name}`, () => {
    const sent: string[] = []
    let database: Database
    beforeAll(() => {
      database = server().openDatabase({ onStatement: (text) => sent.push(text) })
    })
    afterAll(() => database?.end())
    beforeEach(() => database.query('TRUNCATE alerts, alert_transitions, alert_log_places CASCADE'))

    it('take 1 000 records with a statement for each table', async () => {
      const store = createPostgresAlertStore({ database })
      const records = Array.from({ length: 1_000 }, (_, at) => opening(at))
      sent.length = 0
      await store.apply(records, { epoch: 'e', partition: 0, offsets: records.map((_, at) => at) })
      expect(sent.length).toBeLessThanOrEqual(9)
      expect(await store.countActive()).toEqual({ warning: 1_000, critical: 0 })
    })

    it('hold one active alert of a rule, device and sensor by themselves', async () => {
      const store = createPostgresAlertStore({ database })
      await store.apply([opening(1), opening(2, { ruleId: undefined, sensorType: undefined } as object)])
      for (const alertId of ['a1', 'a2']) {
        const copied = `INSERT INTO alerts (alert_id, rule_id, key, sensor_type, type, severity, state, opened_at,
          updated_at, words, body) SELECT 'copy', rule_id, key, sensor_type, type, severity, state, opened_at,
          updated_at, words, body FROM alerts WHERE alert_id = $1`
        await expect(database.query(copied, [alertId])).rejects.toMatchObject({ code: '23505' })
      }
    })

    it('take all records of a batch, or none', async () => {
      const store = createPostgresAlertStore({ database })
      const unholdable = opening(2, { openedAt: '2026-13-45T12:00:00.000Z' })
      const place = { epoch: 'e', partition: 0, offsets: [0, 1] }
      await expect(store.apply([opening(1), unholdable], place)).rejects.toThrow(StoreRefused)
      expect(await store.get('a1')).toBeUndefined()
      await store.apply([opening(1), opening(3)], place)
      expect(await store.countActive()).toEqual({ warning: 2, critical: 0 })
    })

    it('begin with a rule about silent devices that people may change and remove', async () => {
      const rules = createPostgresAlertRuleStore({ database })
      const [rule, ...others] = await rules.list({ limit: 10 })
      expect(others).toEqual([])
      expect(await rules.list({ limit: 10, search: 'device OFF' })).toEqual([rule])
      expect(rule).toMatchObject({
        id: 'device-offline',
        name: 'Device offline',
        noData: '1d',
        severity: 'warning',
        enabled: true,
        revision: 2,
        source: 'api',
      })
      expect(await rules.syncFiles(new Map([[rule!.id, { name: 'x', severity: 'critical' }]]))).toEqual({
        refused: ['device-offline'],
      })
      expect(await rules.remove(rule!.id)).toBe(true)
    })
  })
}
