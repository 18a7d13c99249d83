import type { Alert } from '@iot/contracts'
import type { AlertStore } from '@iot/ports'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { describeAcceptance } from './alert-store/describe-acceptance.js'
import { type AlertsUnderTest, alert, iso, NOON_MS, opened, refused, then } from './alert-store/fixtures.js'

/** `create` makes an empty store, with an empty audit log and no devices. */
export function describeAlertStore(name: string, create: () => Promise<AlertsUnderTest>): void {
  describe(`alert store: ${name}`, () => {
    let under: AlertsUnderTest
    let store: AlertStore

    /** Opens alerts, each of a rule of its own, so that they don't stand in each other's way. */
    async function open(...alerts: Partial<Alert>[]): Promise<void> {
      const records = alerts.map((one) => opened({ ruleId: `r-${one.alertId}`, ...one }, one.deviceId ?? 'k'))
      await store.apply(records)
    }
    async function idsOf(query: Partial<Parameters<AlertStore['list']>[0]> = {}): Promise<string[]> {
      return (await store.list({ limit: 100, ...query })).map(({ alertId }) => alertId)
    }

    beforeEach(async () => {
      under = await create()
      store = under.store
    })

    describeAcceptance(create)

    it('keeps an alert whole, with its history and comments', async () => {
      const whole: Partial<Alert> = {
        message: 'Dừng\u0000 máy: “nóng”\n',
        site: 'Hà Nội',
        threshold: { operator: 'outside', low: -0.1, high: 1e-7, current: 1e300, unit: '°C' },
        flapping: true,
        affectedServices: ['live'],
        affectedDevices: 3,
      }
      const open = opened(whole)
      const shelved = then(open, 'shelved', {
        by: 'ada',
        comment: 'until the part is here',
        alert: { shelvedBy: 'ada', shelvedUntil: iso(NOON_MS + 3_600_000) },
      })
      const noted = then(shelved, 'commented', { by: 'bob', comment: 'ordered\u0000' })
      await store.apply([open])
      expect(await store.list({ limit: 9 })).toEqual([open.alert])
      await store.apply([shelved, noted])
      expect(await store.list({ limit: 9 })).toEqual([noted.alert])
      expect(await store.get('a1')).toEqual({
        ...noted.alert,
        comments: [
          { by: 'ada', timestamp: shelved.alert.timestamp, text: 'until the part is here' },
          { by: 'bob', timestamp: noted.alert.timestamp, text: 'ordered\u0000' },
        ],
        history: [
          { seq: 1, timestamp: open.alert.timestamp, transition: 'opened' },
          {
            seq: 2,
            timestamp: shelved.alert.timestamp,
            transition: 'shelved',
            by: 'ada',
            comment: 'until the part is here',
          },
          {
            seq: 3,
            timestamp: noted.alert.timestamp,
            transition: 'commented',
            by: 'bob',
            comment: 'ordered\u0000',
          },
        ],
      })
      expect(await store.get('nothing')).toBeUndefined()
    })

    it('writes what counts into the audit log', async () => {
      const open = opened({ site: 'Hanoi' })
      const shelved = then(open, 'shelved', {
        by: 'ada',
        comment: 'later',
        alert: { shelvedUntil: iso(NOON_MS + 3_600_000) },
      })
      const closed = then(shelved, 'closed', { alert: { closeReason: 'resolved' }, by: 'bob' })
      await store.apply([open, opened({ alertId: 'void' }), shelved, closed, refused('x1')])
      const about = {
        severity: 'warning',
        deviceId: 'd1',
        site: 'Hanoi',
        sensorType: 'temperature',
        ruleId: 'r1',
        ruleName: 'Hot',
      }
      const entry = { id: expect.any(String), target: { type: 'alert', id: 'a1' } }
      expect(await under.audit.list({ limit: 10 })).toEqual([
        {
          ...entry,
          timestamp: closed.alert.timestamp,
          actor: 'bob',
          action: 'alert.closed',
          detail: { ...about, reason: 'resolved' },
        },
        {
          ...entry,
          timestamp: shelved.alert.timestamp,
          actor: 'ada',
          action: 'alert.shelved',
          detail: { ...about, comment: 'later', until: iso(NOON_MS + 3_600_000) },
        },
        {
          ...entry,
          timestamp: open.alert.timestamp,
          action: 'alert.opened',
          detail: { ...about, message: open.alert.message },
        },
      ])
    })

    it('lists page by page, newest opening first', async () => {
      const at = (ms: number) => ({ openedAt: iso(NOON_MS + ms) })
      await open(
        { alertId: 'b', ...at(5) },
        { alertId: 'a', ...at(5) },
        { alertId: 'c', ...at(5) },
        { alertId: 'B', ...at(5) },
        { alertId: 'z', ...at(4) },
        { alertId: 'y', ...at(6) },
      )
      expect(await idsOf()).toEqual(['y', 'c', 'b', 'a', 'B', 'z'])
      const [first, second] = await store.list({ limit: 2 })
      expect([first!.alertId, second!.alertId]).toEqual(['y', 'c'])
      const after = { openedAtMs: Date.parse(second!.openedAt), alertId: second!.alertId }
      expect(await idsOf({ after })).toEqual(['b', 'a', 'B', 'z'])
    })

    it('finds by state, severity, type, device, sensor and rule', async () => {
      await open(
        { alertId: 'a' },
        { alertId: 'b', severity: 'critical', deviceId: 'd2', type: 'connectivity', sensorType: 'humidity' },
      )
      const third = opened({ alertId: 'c', ruleId: 'r9', openedAt: iso(NOON_MS - 1) })
      await store.apply([third, then(third, 'closed')])
      expect(await idsOf({ states: ['closed'] })).toEqual(['c'])
      expect(await idsOf({ states: ['open', 'acknowledged', 'shelved'] })).toEqual(['b', 'a'])
      expect(await idsOf({ states: [] })).toEqual([])
      expect(await idsOf({ severity: 'critical' })).toEqual(['b'])
      expect(await idsOf({ type: 'threshold' })).toEqual(['a', 'c'])
      expect(await idsOf({ deviceId: 'd2' })).toEqual(['b'])
      expect(await idsOf({ sensorType: 'temperature', states: ['open', 'closed'] })).toEqual(['a', 'c'])
      expect(await idsOf({ ruleId: 'r9' })).toEqual(['c'])
      expect(await idsOf({ ruleId: 'r9', severity: 'critical' })).toEqual([])
      expect(await idsOf({ ruleId: 'r\u0000' })).toEqual([])
    })

    it('finds by a part of its texts, letters’ case aside, without wildcards', async () => {
      await open(
        { alertId: 'a', message: 'Bơm “A_1” is 100 % hot' },
        { alertId: 'b', deviceId: 'Pump-7', ruleName: 'Tank is low', message: 'x' },
      )
      expect(await idsOf({ search: 'a_1' })).toEqual(['a'])
      expect(await idsOf({ search: 'BƠM' })).toEqual(['a'])
      expect(await idsOf({ search: '%' })).toEqual(['a'])
      expect(await idsOf({ search: 'pump' })).toEqual(['b'])
      expect(await idsOf({ search: 'tank IS' })).toEqual(['b'])
      expect(await idsOf({ search: 'a\u0000' })).toEqual([])
    })

    it('finds what was open at some time of a range', async () => {
      const at = (alertId: string, from: number, to?: number) => {
        const opening = opened({ alertId, ruleId: alertId, openedAt: iso(NOON_MS + from) })
        if (to === undefined) return [opening]
        return [opening, then(opening, 'closed', { alert: { closedAt: iso(NOON_MS + to) } })]
      }
      await store.apply([...at('a', 0, 10), ...at('b', 10, 10), ...at('c', 12, 30), ...at('d', 20)])
      expect(await idsOf({ fromMs: NOON_MS + 10 })).toEqual(['d', 'c', 'b'])
      expect(await idsOf({ fromMs: NOON_MS + 11 })).toEqual(['d', 'c'])
      expect(await idsOf({ toMs: NOON_MS + 20 })).toEqual(['c', 'b', 'a'])
      expect(await idsOf({ fromMs: NOON_MS + 9, toMs: NOON_MS + 12 })).toEqual(['b', 'a'])
      expect(await idsOf({ fromMs: NOON_MS + 40, toMs: NOON_MS + 50 })).toEqual(['d'])
    })

    it('gives who is limited to sites what is there now, or about the site, and nothing of the system', async () => {
      await under.devices.create({ deviceId: 'd1', site: 'Hanoi' })
      await under.devices.create({ deviceId: 'd2' })
      const { deviceId: _, ...whole } = alert()
      const records = [
        opened({ alertId: 'a', ruleId: 'ra', site: 'Old' }),
        opened({ alertId: 'b', deviceId: 'd2', severity: 'critical' }),
        opened({ alertId: 'c', deviceId: 'gone', site: 'Hanoi' }),
      ]
      const about = (key: string, more: Partial<Alert>) =>
        ({ ...records[0]!, key, alert: { ...whole, ...more } }) as const
      await store.apply([
        ...records,
        about('site:Hanoi', { alertId: 'd', site: 'Hanoi', type: 'connectivity', severity: 'critical' }),
        about('site:Hue', { alertId: 'e', site: 'Hue', type: 'connectivity' }),
        about('system', { alertId: 'f', site: 'Hanoi', type: 'system', severity: 'critical' }),
      ])
      expect(await idsOf({ sites: ['Hanoi', 'Old'] })).toEqual(['d', 'a'])
      expect(await idsOf({ site: 'Hue' })).toEqual(['e'])
      expect(await idsOf({ site: 'Hanoi', sites: ['Hue'] })).toEqual([])
      expect(await idsOf({ sites: [] })).toEqual([])
      expect(await store.countActive({ sites: ['Hanoi', 'Hue'] })).toEqual({ warning: 2, critical: 1 })
      await under.devices.change('d1', { site: 'Hue' })
      expect(await idsOf({ sites: ['Hue'] })).toEqual(['e', 'a'])
      expect(await idsOf()).toHaveLength(6)
    })

    it('counts the active ones by severity', async () => {
      expect(await store.countActive()).toEqual({ warning: 0, critical: 0 })
      const closing = opened({ alertId: 'c', deviceId: 'd3' })
      const shelved = opened({ alertId: 'b', deviceId: 'd2', severity: 'critical' })
      await store.apply([opened(), shelved, closing, then(closing, 'closed'), then(shelved, 'shelved')])
      expect(await store.countActive()).toEqual({ warning: 1, critical: 1 })
    })

    it('forgets closed alerts and outcomes from before, and no active one', async () => {
      const old = opened()
      const active = opened({ alertId: 'a2', deviceId: 'd2' })
      const known = async () => [...(await store.outcomes(['x1', 'x2', 'x3'])).keys()].sort()
      const closed = then(old, 'closed', { by: 'ada', actionId: 'x1' })
      await store.apply([
        old,
        active,
        closed,
        refused('x2'),
        refused('x3', { timestamp: iso(NOON_MS + 9_000) }),
      ])
      expect(await store.dropBefore(NOON_MS + 1_000)).toBe(0)
      expect(await known()).toEqual(['x1', 'x3'])
      expect(await store.dropBefore(NOON_MS + 5_000)).toBe(1)
      expect(await idsOf()).toEqual(['a2'])
      expect(await store.get('a1')).toBeUndefined()
      expect(await known()).toEqual(['x3'])
      // What is forgotten counts for nothing: the next opening is the first that is heard of.
      await store.apply([opened({ alertId: 'a3', episode: 5 })])
      expect(await idsOf()).toEqual(['a3', 'a2'])
    })
  })
}
