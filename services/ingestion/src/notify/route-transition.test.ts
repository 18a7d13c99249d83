import type { Alert, AlertTransition, AlertTransitionRecord } from '@iot/contracts'
import type { ChannelRow, ToldAlert } from '@iot/ports'
import { describe, expect, it } from '@jest/globals'
import { pauseAfter } from './backoff.js'
import { countTransitions } from './count-transitions.js'
import { createChannelRouter } from './route-transition.js'
import { transitionOf } from './testing/transitions.js'

/** A Thursday. */
const NOON = Date.parse('2026-01-01T12:00:00.000Z')

function channel(more: Partial<ChannelRow> = {}): ChannelRow {
  return {
    id: '1',
    name: 'Shift',
    kind: 'webhook',
    enabled: true,
    settings: {},
    route: {},
    group: '10s',
    quietCritical: false,
    revision: 1,
    createdAtMs: 0,
    updatedAtMs: 0,
    updatedBy: 'root',
    ...more,
  }
}

function routed(
  transition: AlertTransition,
  more: { alert?: Partial<Alert>; wasShelved?: boolean; channel?: Partial<ChannelRow>; nowMs?: number } = {},
) {
  const record = transitionOf('a', 2, transition, more.alert)
  const item = createChannelRouter(channel(more.channel)).route(
    { record, wasShelved: more.wasShelved ?? false },
    more.nowMs ?? NOON,
  )
  return item && { lane: item.lane, afterMs: item.dueMs - NOON, spacingMs: item.spacingMs }
}

const prompt = { lane: 'prompt', afterMs: 10_000 }

describe('what a channel is told of', () => {
  it('is what opens and closes, where it does not say otherwise', () => {
    expect(routed('opened')).toEqual(prompt)
    expect(routed('closed')).toEqual(prompt)
    for (const transition of ['acknowledged', 'shelved', 'commented'] as const) {
      expect(routed(transition)).toBeUndefined()
    }
    const some = { route: { transitions: ['acknowledged' as const] }, group: '5m' }
    expect(routed('acknowledged', { channel: some })).toEqual({ lane: 'prompt', afterMs: 300_000 })
    expect(routed('opened', { channel: some })).toBeUndefined()
  })

  it('is what fits severity, type and site, each where it is given', () => {
    const route = { severities: ['critical' as const], types: ['threshold' as const], sites: ['Hall 1'] }
    const of = (alert: Partial<Alert>) => routed('opened', { alert, channel: { route } })
    expect(of({ severity: 'critical' })).toEqual(prompt)
    expect(of({ severity: 'warning' })).toBeUndefined()
    expect(of({ severity: 'critical', type: 'connectivity' })).toBeUndefined()
    expect(of({ severity: 'critical', site: 'Hall 2' })).toBeUndefined()
    const { site: _, ...nowhere } = transitionOf('a', 1, 'opened', { severity: 'critical' }).alert
    const router = createChannelRouter(channel({ route }))
    const record: AlertTransitionRecord = { ...transitionOf('a', 1, 'opened'), alert: nowhere }
    expect(router.route({ record, wasShelved: false }, NOON)).toBeUndefined()
  })

  it('is nothing of an alert on the shelf, until it is taken down and nobody has it', () => {
    expect(routed('closed', { wasShelved: true })).toBeUndefined()
    expect(routed('unshelved', { wasShelved: true })).toEqual(prompt)
    expect(routed('unshelved', { wasShelved: true, alert: { state: 'acknowledged' } })).toBeUndefined()
  })

  it('waits for the end of quiet hours, unless it is critical', () => {
    // 19:00 in Ho Chi Minh City; quiet from 18:00 to 06:00 there, which is 23:00 UTC.
    const quietHours = {
      days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as ('mon' | 'tue')[],
      from: '18:00',
      to: '06:00',
      timeZone: 'Asia/Ho_Chi_Minh',
    }
    const held = { lane: 'quiet', afterMs: 11 * 3_600_000 }
    expect(routed('opened', { channel: { quietHours } })).toEqual(held)
    expect(routed('opened', { channel: { quietHours }, alert: { severity: 'critical' } })).toEqual(prompt)
    const strict = { quietHours, quietCritical: true }
    expect(routed('opened', { channel: strict, alert: { severity: 'critical', flapping: true } })).toEqual(
      held,
    )
    const always = { ...quietHours, from: '00:00', to: '00:00' }
    expect(routed('opened', { channel: { quietHours: always } })).toEqual({
      lane: 'quiet',
      afterMs: 7 * 86_400_000,
    })
  })

  it('is seldom what flaps', () => {
    expect(routed('opened', { alert: { flapping: true } })).toEqual({
      lane: 'flapping',
      afterMs: 10_000,
      spacingMs: 900_000,
    })
  })
})

describe('what counts', () => {
  const count = (records: readonly AlertTransitionRecord[], before: readonly ToldAlert[] = []) => {
    const { counted, told } = countTransitions(records, before)
    return { told, counted: counted.map(({ record }) => `${record.alert.alertId} ${record.transition}`) }
  }

  it('is the first in the log of those that would be the next of an alert', () => {
    const { counted, told } = count([
      transitionOf('a', 1, 'opened'),
      transitionOf('a', 2, 'shelved'),
      transitionOf('a', 2, 'closed'),
      transitionOf('a', 3, 'closed'),
      transitionOf('b', 2, 'closed'),
    ])
    expect(counted).toEqual(['a opened', 'a shelved', 'a closed'])
    expect(told).toMatchObject([{ alertId: 'a', seq: 3, state: 'closed' }])
  })

  it('is one alert at a time of a rule on a device and sensor', () => {
    const other = (alertId: string, more: Partial<Alert> = {}) =>
      transitionOf(alertId, 1, 'opened', { ruleId: 'rule-a', ...more })
    const first = count([transitionOf('a', 1, 'opened'), other('b'), other('c', { sensorType: 'humidity' })])
    expect(first.counted).toEqual(['a opened', 'c opened'])
    const over = count([transitionOf('a', 2, 'closed')], first.told)
    const again = [transitionOf('a', 1, 'opened'), other('d', { episode: 3 }), other('e', { episode: 2 })]
    expect(count(again, [...first.told, ...over.told].slice(1)).counted).toEqual(['e opened'])
  })

  it('is any opening where the last has not changed since before the log begins, over or not', () => {
    const late = { ruleId: 'rule-a', timestamp: '2026-03-01T00:00:00.000Z' }
    for (const past of [[transitionOf('a', 2, 'closed')], []]) {
      const { told } = count([transitionOf('a', 1, 'opened'), ...past])
      expect(count([transitionOf('b', 1, 'opened', late)], told).counted).toEqual(['b opened'])
    }
  })

  it('knows of each whether it was on the shelf before', () => {
    const { counted } = countTransitions(
      [transitionOf('a', 1, 'opened'), transitionOf('a', 2, 'shelved'), transitionOf('a', 3, 'closed')],
      [],
    )
    expect(counted.map(({ wasShelved }) => wasShelved)).toEqual([false, false, true])
  })
})

describe('the pause before another attempt', () => {
  it('doubles from 5 s to 15 min, give or take a fifth, and heeds the receiver within that', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((attempts) => pauseAfter(attempts, undefined, () => 0.5))
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900].map((seconds) => seconds * 1_000))
    expect(pauseAfter(1, undefined, () => 0)).toBe(4_000)
    expect(pauseAfter(1, undefined, () => 1)).toBe(6_000)
    expect(pauseAfter(1, 60_000, () => 0.5)).toBe(60_000)
    expect(pauseAfter(1, 99_000_000, () => 0.5)).toBe(900_000)
  })
})
