import type { Alert, AlertRule } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import type { TFunction } from 'i18next'
import { createFormat } from '../../ui/format.js'
import { type AnnotationFacts, annotationsBySensor, MOST_MARKS } from './device-annotations.js'

const rule = (id: string, more: Partial<AlertRule>): AlertRule => ({
  id,
  name: id,
  sensorType: 'temperature',
  operator: '>',
  value: 8,
  severity: 'critical',
  enabled: true,
  revision: 1,
  source: 'api',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  ...more,
})

const alert = (alertId: string, minute: number, more: Partial<Alert> = {}): Alert => ({
  alertId,
  deviceId: 'd1',
  sensorType: 'temperature',
  severity: 'warning',
  type: 'threshold',
  message: alertId,
  timestamp: '2026-01-01T00:00:00.000Z',
  state: 'closed',
  episode: 1,
  seq: 2,
  openedAt: new Date(Date.UTC(2026, 0, 1) + minute * 60_000).toISOString(),
  ...more,
})

const facts = (rules: AlertRule[], alerts: Alert[]): AnnotationFacts => ({
  device: { deviceId: 'd1', site: 'Hanoi' },
  rules,
  alerts,
  words: {
    t: ((key: string) => key) as unknown as TFunction,
    format: createFormat('en', 'UTC'),
    deviceName: (id) => id,
  },
  unitOf: () => '°C',
  hrefOf: (alertId) => `/alerts/${alertId}`,
})

describe('annotationsBySensor', () => {
  it('has the limits of the rules in force on this device, by sensor', () => {
    const rules = [
      rule('every', {}),
      rule('site', { site: 'Hanoi', sensorType: 'humidity' }),
      rule('off', { enabled: false }),
      rule('elsewhere', { site: 'Da Nang' }),
      rule('other', { deviceId: 'd2' }),
      rule('silence', { operator: undefined, value: undefined, noData: '5m' } as Partial<AlertRule>),
    ]
    const found = annotationsBySensor(facts(rules, []))
    expect([...found].map(([sensor, { limits }]) => [sensor, limits?.map(({ id }) => id)])).toEqual([
      ['temperature', ['every']],
      ['humidity', ['site']],
    ])
  })

  it('marks where alerts of the sensor opened, the newest of very many, in their order', () => {
    const many = Array.from({ length: MOST_MARKS + 5 }, (_, at) => alert(`a${at}`, 500 - at))
    const alerts = [...many, alert('elsewhere', 1, { deviceId: 'd2' })]
    const marks = annotationsBySensor(facts([], alerts)).get('temperature')?.marks ?? []
    expect(marks).toHaveLength(MOST_MARKS)
    expect(marks.at(-1)).toMatchObject({ id: 'a0', href: '/alerts/a0', severity: 'warning' })
    expect(marks[0]!.atMs).toBeLessThan(marks[1]!.atMs)
  })
})
