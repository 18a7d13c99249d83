import type { AlertRecord, AlertTransitionRecord } from '@iot/contracts'
import type { AlertStore } from '@iot/ports'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { type AlertsUnderTest, alert, iso, NOON_MS, opened, refused, then } from './fixtures.js'
import { randomLog } from './random-log.js'

const DAY_MS = 86_400_000

/** What of the log counts: everybody who reads it comes to the same. */
export function describeAcceptance(create: () => Promise<AlertsUnderTest>): void {
  describe('what counts', () => {
    let under: AlertsUnderTest
    let store: AlertStore

    async function states(): Promise<Record<string, string>> {
      const alerts = await store.list({ limit: 1_000 })
      return Object.fromEntries(alerts.map(({ alertId, state, seq }) => [alertId, `${state} ${seq}`]))
    }

    beforeEach(async () => {
      under = await create()
      store = under.store
    })

    it('works records in once, however often they come', async () => {
      const open = opened()
      const records = [open, then(open, 'acknowledged', { by: 'ada', comment: 'mine' })]
      await store.apply([])
      await store.apply(records)
      await store.apply(records)
      await Promise.all([store.apply(records), store.apply([...records, ...records])])
      expect(await states()).toEqual({ a1: 'acknowledged 2' })
      expect((await store.get('a1'))!.history).toHaveLength(2)
      expect(await under.audit.list({ limit: 10 })).toHaveLength(2)
    })

    it('takes a transition only where it is the next of its alert', async () => {
      const open = opened()
      const second = then(open, 'acknowledged', { by: 'ada' })
      const third = then(second, 'closed')
      await store.apply([second, open, third])
      expect(await states()).toEqual({ a1: 'open 1' })
      await store.apply([second, third, then(open, 'shelved')])
      expect(await states()).toEqual({ a1: 'closed 3' })
    })

    it('takes no transition that the state does not allow', async () => {
      const open = opened()
      const taken = then(open, 'acknowledged', { by: 'ada' })
      const closed = then(taken, 'closed')
      await store.apply([
        open,
        then(open, 'unshelved'),
        taken,
        then(taken, 'acknowledged', { by: 'bob' }),
        closed,
        then(closed, 'shelved'),
        then(closed, 'closed'),
        then(closed, 'commented', { by: 'bob', comment: 'a bearing', alert: { state: 'closed' } }),
      ])
      expect(await states()).toEqual({ a1: 'closed 4' })
      expect((await store.get('a1'))!.acknowledgedBy).toBeUndefined()
      expect((await store.get('a1'))!.history.map(({ by }) => by)).toEqual([
        undefined,
        'ada',
        undefined,
        'bob',
      ])
    })

    it('opens one alert of a rule, device and sensor: the first in the log', async () => {
      const first = opened()
      const second = opened({ alertId: 'a2' })
      await store.apply([first, second, then(second, 'closed')])
      await store.apply([opened({ alertId: 'a3', episode: 2 })])
      expect(await states()).toEqual({ a1: 'open 1' })
      await store.apply([then(first, 'closed'), opened({ alertId: 'a4', episode: 2 })])
      expect(await states()).toEqual({ a1: 'closed 2', a4: 'open 1' })
    })

    it('opens by rule, key and sensor each for itself, also without them', async () => {
      const { ruleId: _, ruleRevision: __, deviceId: ___, sensorType: ____, ...bare } = alert()
      const { sensorType: _____, ...whole } = alert({ alertId: 'a4' })
      const system = { kind: 'transition', key: 'system', transition: 'opened', upTo: 0 } as const
      await store.apply([
        opened(),
        opened({ alertId: 'a2', sensorType: 'humidity' }),
        opened({ alertId: 'a3', deviceId: 'd2' }),
        { ...system, key: 'd1', alert: whole },
        opened({ alertId: 'a5', ruleId: 'r2' }),
        { ...system, alert: { ...bare, alertId: 's1', type: 'system', sensorType: 'lag' } },
        { ...system, alert: { ...bare, alertId: 's2', type: 'system', sensorType: 'lag' } },
        { ...system, alert: { ...bare, alertId: 's3', type: 'system' } },
        { ...system, alert: { ...bare, alertId: 's4', type: 'system' } },
        { ...system, key: 'site:A', alert: { ...bare, alertId: 'w1', site: 'A', ruleId: 'r1' } },
        { ...system, key: 'site:B', alert: { ...bare, alertId: 'w2', site: 'B', ruleId: 'r1' } },
      ])
      const ids = Object.keys(await states()).sort()
      expect(ids).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 's1', 's3', 'w1', 'w2'])
    })

    it('takes an opening only as the next episode, or the first that it hears of', async () => {
      const seventh = opened({ episode: 7 })
      const closed = then(seventh, 'closed')
      await store.apply([seventh, closed])
      await store.apply([opened({ alertId: 'a2', episode: 7 }), opened({ alertId: 'a3', episode: 9 })])
      await store.apply([seventh])
      expect(await states()).toEqual({ a1: 'closed 2' })
      await store.apply([opened({ alertId: 'a4', episode: 8 })])
      expect(await states()).toEqual({ a1: 'closed 2', a4: 'open 1' })
    })

    it('lets an alert go that the log has forgotten, when its rule opens anew', async () => {
      const old = opened({ episode: 7 })
      await store.apply([old])
      const later = (days: number, alertId: string) =>
        opened({ alertId, episode: 1, timestamp: iso(NOON_MS + days * DAY_MS) })
      const anew = later(15, 'anew')
      await store.apply([later(13, 'early'), anew, then(anew, 'acknowledged', { by: 'ada' })])
      expect(await states()).toEqual({ a1: 'closed 2', anew: 'acknowledged 2' })
      expect(await store.get('a1')).toMatchObject({
        closedAt: anew.alert.timestamp,
        closeReason: 'cleared',
        history: [{ transition: 'opened' }, { transition: 'closed', seq: 2 }],
      })
      expect((await under.audit.list({ limit: 10, targetId: 'a1' })).map(({ action }) => action)).toEqual([
        'alert.closed',
        'alert.opened',
      ])
      // Whoever knows the old one after all comes too late.
      await store.apply([then(old, 'commented', { by: 'bob' }), anew])
      expect(await states()).toEqual({ a1: 'closed 2', anew: 'acknowledged 2' })
    })

    it('takes any episode where the last was over before the log begins', async () => {
      const old = opened({ episode: 7 })
      await store.apply([old, then(old, 'closed')])
      const later = (days: number, alertId: string) =>
        opened({ alertId, episode: 1, timestamp: iso(NOON_MS + days * DAY_MS) })
      await store.apply([later(13, 'early'), later(15, 'late')])
      expect(await states()).toEqual({ a1: 'closed 2', late: 'open 1' })
      await store.apply([opened({ alertId: 'a2', episode: 2, timestamp: iso(NOON_MS + 28 * DAY_MS) })])
      expect(await states()).toEqual({ a1: 'closed 2', late: 'open 1' })
    })

    it('says what became of requests', async () => {
      const outcomes = async () => Object.fromEntries(await store.outcomes(['x1', 'x2', 'x3', 'x\u0000']))
      const open = opened()
      const granted = then(open, 'acknowledged', { by: 'ada', actionId: 'x1' })
      await store.apply([open, refused('x2'), granted])
      const refusal = { ok: false, message: 'It is closed' }
      expect(await outcomes()).toEqual({ x1: { ok: true }, x2: refusal })
      expect(await store.outcomes(['nothing'])).toEqual(new Map())
      expect(await store.outcomes([])).toEqual(new Map())
      // The second answer to one request says nothing new, and what does not count answers none.
      await store.apply([refused('x1'), refused('x2', { message: 'other' })])
      await store.apply([then(open, 'shelved', { by: 'bob', actionId: 'x3' }), refused('x1')])
      expect(await outcomes()).toEqual({ x1: { ok: true }, x2: refusal })
      await store.apply([then(granted, 'closed', { by: 'ada', actionId: 'x2' })])
      expect(await outcomes()).toEqual({ x1: { ok: true }, x2: { ok: true } })
    })

    it.each([20260311, 42])(
      'comes to the same by batches that overlap, as restarts give them',
      async (seed) => {
        const { records, random } = randomLog(seed)
        await applyInBatches(store, records, random)
        const expected = naiveFold(records)
        expect(await detailsOf(store, expected)).toEqual(expected)
      },
    )

    it('knows the places of each partition and log for themselves', async () => {
      const place = (partition: number, epoch = 'e1') => ({ epoch, partition, offsets: [5, 9] })
      const [one, two] = [opened(), opened({ alertId: 'a2', deviceId: 'd2' })]
      expect(await store.nextOffset(place(0))).toBe(0)
      await store.apply([one, then(one, 'closed')], place(0))
      expect(await store.nextOffset(place(0))).toBe(10)
      expect(await store.nextOffset(place(1))).toBe(0)
      expect(await store.nextOffset(place(0, 'e2'))).toBe(0)
      await store.apply([two, then(two, 'closed')], place(1))
      const again = opened({ alertId: 'a3', episode: 2 })
      await store.apply([again, then(again, 'closed')], place(0))
      await store.apply([again], { ...place(0), offsets: [3] })
      expect(await store.nextOffset(place(0))).toBe(10)
      expect(Object.keys(await states())).toHaveLength(2)
      await store.apply([again, then(again, 'closed')], place(0, 'e2'))
      expect(Object.keys(await states())).toHaveLength(3)
    })
  })
}

async function applyInBatches(store: AlertStore, records: readonly AlertRecord[], random: () => number) {
  let at = 0
  while (at < records.length) {
    const from = Math.max(0, at - Math.floor(random() * 30))
    at = Math.min(records.length, at + 1 + Math.floor(random() * 40))
    const offsets = Array.from({ length: at - from }, (_, index) => 1_000 + 2 * (from + index))
    await store.apply(records.slice(from, at), { epoch: 'e1', partition: 3, offsets })
  }
}

interface Folded {
  alertId: string
  state: string
  seqs: number[]
}

async function detailsOf(store: AlertStore, expected: readonly Folded[]): Promise<Folded[]> {
  const alerts = await store.list({ limit: 10_000 })
  expect(alerts).toHaveLength(expected.length)
  const details = await Promise.all(expected.map(({ alertId }) => store.get(alertId)))
  return details.map((detail) => ({
    alertId: detail!.alertId,
    state: detail!.state,
    seqs: detail!.history.map(({ seq }) => seq),
  }))
}

/** The rule as the contract says it, one record after the other, in the plainest way. */
function naiveFold(records: readonly AlertTransitionRecord[]): Folded[] {
  const kept: { folded: Folded; slot: string; episode: number }[] = []
  for (const { key, transition, alert } of records) {
    const slot = `${alert.ruleId} ${key} ${alert.sensorType}`
    if (transition === 'opened') {
      const last = kept.filter((one) => one.slot === slot).at(-1)
      if (last && (last.folded.state !== 'closed' || alert.episode !== last.episode + 1)) continue
      kept.push({
        folded: { alertId: alert.alertId, state: alert.state, seqs: [1] },
        slot,
        episode: alert.episode,
      })
      continue
    }
    const found = kept.find(({ folded }) => folded.alertId === alert.alertId)?.folded
    if (!found || alert.seq !== found.seqs.length + 1) continue
    if (found.state === 'closed' || (transition === 'acknowledged' && found.state === 'acknowledged'))
      continue
    found.state = alert.state
    found.seqs.push(alert.seq)
  }
  return kept.map(({ folded }) => folded)
}
