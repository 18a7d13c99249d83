import type { Alert } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import { compareAlerts, cutBySite, groupOf, orderBySite } from './alert-order.js'
import { summarizeAlerts } from './alert-summary.js'
import { alertsQueryOf, answerAlerts, readAlertsQuestion } from './alerts-view.js'
import { durationOf } from './shelve-duration.js'
import { joined, one } from './use-act-on-alerts.js'
import { countFresh } from './use-held-order.js'
import { toggled } from './use-selection.js'
import { titleWithBadge } from './use-title-badge.js'

function alert(alertId: string, facts: Partial<Alert> = {}): Alert {
  const at = '2026-01-01T00:00:00.000Z'
  return {
    alertId,
    severity: 'warning',
    type: 'threshold',
    message: alertId,
    timestamp: at,
    openedAt: at,
    state: 'open',
    episode: 1,
    seq: 1,
    ...facts,
  }
}

const ALERTS = [
  alert('shelved', { site: 'Alpha', state: 'shelved', severity: 'critical', deviceId: 'pump-7' }),
  alert('system', { type: 'system', severity: 'critical' }),
  alert('late', { site: 'Beta', openedAt: '2026-01-02T00:00:00.000Z', deviceId: 'mill-1' }),
  alert('early', { site: 'Beta', ruleName: 'Too warm' }),
  alert('taken', { site: 'Beta', state: 'acknowledged', severity: 'critical' }),
  alert('homeless', {}),
]

const ask = (search: string) =>
  answerAlerts(readAlertsQuestion(new URLSearchParams(search)), ALERTS, (id) =>
    id === 'mill-1' ? 'Old mill' : undefined,
  ).map(({ alertId }) => alertId)

describe('the list of alerts', () => {
  it('has what nobody has taken first, by site, each under the heading of its worst', () => {
    const order = orderBySite(ALERTS)
    expect(order.map(({ alertId }) => alertId)).toEqual([
      'system',
      'late',
      'early',
      'taken',
      'homeless',
      'shelved',
    ])
    const found = new Map(ALERTS.map((each) => [each.alertId, each]))
    const rows = cutBySite(
      order.map(({ alertId }) => alertId),
      (id) => groupOf(found.get(id)!),
    )
    expect(rows.filter(({ kind }) => kind === 'site')).toEqual([
      { kind: 'site', site: '', count: 1 },
      { kind: 'site', site: 'Beta', count: 3 },
      { kind: 'site', site: undefined, count: 1 },
      { kind: 'site', site: 'Alpha', count: 1 },
    ])
  })

  it('is narrowed by what stands in the address, and asks the server the same', () => {
    expect(ask('state=shelved')).toEqual(['shelved'])
    expect(ask('severity=critical&site=Beta')).toEqual(['taken'])
    expect(ask('type=system')).toEqual(['system'])
    expect(ask('device=pump-7')).toEqual(['shelved'])
    expect(ask('q=too+WARM')).toEqual(['early'])
    expect(ask('q=old+mill')).toEqual(['late'])
    expect(ask('state=nonsense&severity=loud')).toHaveLength(ALERTS.length)
    expect(alertsQueryOf(readAlertsQuestion(new URLSearchParams('q=warm&site=Beta&device=x')))).toEqual({
      state: 'active',
      site: 'Beta',
      deviceId: 'x',
      search: 'warm',
    })
  })

  it('is summed up: what nobody has taken, what is wrong now, its worst, and the worst of each device', () => {
    const many = Array.from({ length: 24 }, (_, at) =>
      alert(`${at}`, {
        deviceId: `pump-${at % 2}`,
        severity: at % 5 === 4 ? 'critical' : 'warning',
        state: (['open', 'acknowledged', 'shelved'] as const)[at % 3]!,
      }),
    )
    const summary = summarizeAlerts(new Map(many.map((each) => [each.alertId, each])))
    const current = many.filter(({ state }) => state !== 'shelved').sort(compareAlerts)
    expect(summary).toMatchObject({ open: 8, openCritical: 1, current: 16, currentCritical: 3 })
    expect(summary.worst).toEqual(current.slice(0, 8))
    expect(Object.fromEntries(summary.worstOf)).toEqual({ 'pump-0': 'critical', 'pump-1': 'critical' })
  })

  it('counts who waits while it is held still', () => {
    expect(countFresh(['a', 'b'], ['new', 'b', 'newer'])).toBe(2)
  })

  it('chooses all, or none where all are chosen', () => {
    expect([...toggled(new Set(['a']), ['a', 'b'])]).toEqual(['a', 'b'])
    expect([...toggled(new Set(['a', 'b', 'c']), ['a', 'b'])]).toEqual(['c'])
  })
})

describe('acting', () => {
  it('tells who was too late, and what is still on its way', () => {
    const conflict = {
      status: 409,
      code: 'STATE_CONFLICT',
      title: 'x',
      detail: 'Already acknowledged by anna',
    }
    expect(one({ error: conflict }, 'acknowledge')).toEqual({
      done: 0,
      refused: 1,
      reason: 'Already acknowledged by anna',
    })
    expect(one({ data: alert('a') }, 'acknowledge')).toEqual({ done: 0, refused: 0, pending: true })
    expect(one({ data: alert('a', { state: 'closed' }) }, 'resolve')).toEqual({ done: 1, refused: 0 })
  })

  it('adds up several requests, and keeps what was done before one failed', () => {
    const first = joined(
      { done: 0, refused: 0 },
      { data: { results: [{ ok: true }, { ok: false, message: 'It is closed already' }, { ok: true }] } },
    )
    expect(first).toEqual({ done: 2, refused: 1, reason: 'It is closed already' })
    const error = { status: 0, code: 'NETWORK', title: 'no way' }
    expect(joined(first, { error })).toMatchObject({ done: 2, error: { code: 'NETWORK' } })
  })

  it('shelves for a while, or until a minute to come', () => {
    const nowMs = new Date(2026, 0, 1, 12, 0, 30).getTime()
    expect(durationOf('8h', '', nowMs)).toBe('8h')
    expect(durationOf('until', '2026-01-01T13:00', nowMs)).toBe('60m')
    expect(durationOf('until', '2026-01-01T11:00', nowMs)).toBeUndefined()
    expect(durationOf('until', '', nowMs)).toBeUndefined()
  })
})

describe('the tab’s title', () => {
  it('has the number before whatever the page calls itself, once', () => {
    expect(titleWithBadge('Alerts · IoT', 3)).toBe('(3) Alerts · IoT')
    expect(titleWithBadge('(3) Alerts · IoT', 120)).toBe('(99+) Alerts · IoT')
    expect(titleWithBadge('(99+) Alerts · IoT', 0)).toBe('Alerts · IoT')
  })
})
