import type { AlertRuleRequest, MaintenanceWindowRequest } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import { alertMessage, alertThreshold } from './alert-message.js'
import { ruleFaults, windowFaults } from './rule-faults.js'

const warm: AlertRuleRequest = {
  name: 'Warm',
  sensorType: 'temperature',
  operator: '>',
  value: 85,
  severity: 'warning',
}
const silent: AlertRuleRequest = { name: 'Silent', noData: '5m', severity: 'critical' }
const schedule = { days: ['mon' as const], from: '08:00', to: '17:00', timeZone: 'Asia/Ho_Chi_Minh' }

function fieldsOf(rule: AlertRuleRequest): string[] {
  return ruleFaults(rule).map(({ field }) => field)
}

describe('a rule', () => {
  it.each<[string, AlertRuleRequest]>([
    ['with a value', warm],
    ['with hysteresis', { ...warm, clear: 80, for: '5m' }],
    ['that clears at its value', { ...warm, operator: '>=', clear: 85 }],
    ['with a range', { ...warm, operator: 'outside', value: undefined, low: 1, high: 2 }],
    ['that watches for silence too', { ...warm, noData: '10m' }],
    ['about silence alone', { ...silent, deviceId: 'd1', message: '{device} at {site} is silent' }],
    ['with hours', { ...warm, schedule }],
    ['with hours over midnight', { ...warm, schedule: { ...schedule, from: '22:00', to: '06:00' } }],
    ['with whole days', { ...warm, schedule: { ...schedule, from: '00:00', to: '00:00' } }],
    [
      'with a message',
      { ...warm, message: '{sensor} {value} {unit} beyond {threshold}, {rule}: {see note}' },
    ],
  ])('%s is taken', (_, rule) => {
    expect(ruleFaults(rule)).toEqual([])
  })

  it.each<[string, Partial<AlertRuleRequest>, string]>([
    ['two subjects', { deviceId: 'd1', site: 'north' }, 'site'],
    ['nothing that opens it', { operator: undefined, value: undefined }, 'operator'],
    ['no sensor to compare', { sensorType: undefined }, 'sensorType'],
    ['no value', { value: undefined }, 'value'],
    ['a value that is none', { value: Number.POSITIVE_INFINITY }, 'value'],
    ['a range without limits', { operator: 'inside', value: undefined, high: 2 }, 'low'],
    ['a range and a value', { operator: 'inside', low: 1, high: 2 }, 'value'],
    ['a range upside down', { operator: 'outside', value: undefined, low: 2, high: 2 }, 'high'],
    ['limits that its operator has not', { low: 1 }, 'low'],
    ['clear above', { clear: 86 }, 'clear'],
    ['clear below', { operator: '<', clear: 84 }, 'clear'],
    ['clear with =', { operator: '=', clear: 84 }, 'clear'],
    ['clear with a range', { operator: 'inside', value: undefined, low: 1, high: 2, clear: 3 }, 'clear'],
    ['too long a time', { for: '31d' }, 'for'],
    ['no duration', { noData: '5 minutes' }, 'noData'],
    ['a name of blanks', { name: '  ' }, 'name'],
    ['an unknown placeholder', { message: 'It is {warm}' }, 'message'],
    ['an unknown time zone', { schedule: { ...schedule, timeZone: 'Asia/Saigon2' } }, 'schedule.timeZone'],
    ['an offset for a zone', { schedule: { ...schedule, timeZone: '+07:00' } }, 'schedule.timeZone'],
    ['hours that end as they begin', { schedule: { ...schedule, to: '08:00' } }, 'schedule.to'],
  ])('with %s is not', (_, change, field) => {
    expect(fieldsOf({ ...warm, ...change })).toEqual([field])
  })

  it('about silence alone has no values to speak of', () => {
    expect(fieldsOf({ ...silent, for: '5m', value: 3 })).toEqual(['value', 'for'])
    expect(fieldsOf({ ...silent, message: '{value} of {sensor}' })).toEqual(['message', 'message'])
  })

  it('is told of everything at once, in plain words and by code', () => {
    expect(ruleFaults({ ...warm, value: undefined, for: '40d', message: '{x}' })).toEqual([
      {
        field: 'value',
        message: '“>” needs the value to compare with',
        code: 'VALUE_MISSING',
        params: { operator: '>' },
      },
      { field: 'for', message: 'at most 30d', code: 'DURATION_TOO_LONG', params: { limit: '30d' } },
      {
        field: 'message',
        message: expect.stringContaining('{x} is not known; there are {device}'),
        code: 'UNKNOWN_PLACEHOLDER',
        params: { placeholder: '{x}', known: expect.stringContaining('{device}') },
      },
    ])
  })
})

describe('a maintenance window', () => {
  const window: MaintenanceWindowRequest = {
    deviceId: 'd1',
    from: '2026-03-01T10:00:00.000Z',
    to: '2026-03-01T12:00:00.000Z',
  }

  it.each<[string, Partial<MaintenanceWindowRequest>, string[]]>([
    ['of a device', {}, []],
    ['of a site', { deviceId: undefined, site: 'north' }, []],
    ['of both', { site: 'north' }, ['site']],
    ['of nothing', { deviceId: undefined }, ['deviceId']],
    ['that ends before it begins', { to: window.from }, ['to']],
    ['on a day that there is not', { to: '2026-13-41T12:00:00.000Z' }, ['to']],
    ['for ever', { to: '2030-01-01T00:00:00.000Z' }, ['to']],
  ])('%s', (_, change, fields) => {
    expect(windowFaults({ ...window, ...change }).map(({ field }) => field)).toEqual(fields)
  })

  it('that is over is of no use', () => {
    expect(windowFaults(window, Date.parse(window.to) - 1)).toEqual([])
    expect(windowFaults(window, Date.parse(window.to))).toEqual([
      { field: 'to', message: 'it would be over already', code: 'OVER_ALREADY' },
    ])
  })
})

describe('the message of an alert', () => {
  const subject = {
    cause: 'value',
    deviceId: 'd1',
    sensorType: 'temperature',
    value: 87.2,
    unit: '°C',
  } as const
  const range = { ...warm, operator: 'outside', value: undefined, low: 10, high: 20 } as const

  it.each([
    ['Temperature 87.2 °C > 85 °C', warm, subject],
    ['Temperature 87.2 °C ≥ 85 °C for 5m', { ...warm, operator: '>=', for: '5m' } as const, subject],
    ['Temperature 87.2 °C outside 10 to 20 °C', range, subject],
    ['Humidity 87.2% > 85%', warm, { ...subject, sensorType: 'humidity', unit: '%' }],
    ['Water level 87.2 > 85', warm, { ...subject, sensorType: 'water_level', unit: undefined }],
    ['Temperature 0.3 °C > 85 °C', warm, { ...subject, value: 0.1 + 0.2 }],
    [
      'Temperature: no data for 10m',
      { ...warm, noData: '10m', message: '{value}' },
      { ...subject, cause: 'silent' as const },
    ],
    ['Pump 3: no data for 5m', silent, { cause: 'silent' as const, deviceId: 'd1', deviceName: 'Pump 3' }],
    ['d1 is offline', silent, { cause: 'offline' as const, deviceId: 'd1' }],
  ])('is “%s” unless the rule says otherwise', (text, rule, about) => {
    expect(alertMessage(rule, about)).toBe(text)
  })

  it('fills the rule’s own words, once', () => {
    const message =
      '{device} ({deviceId}) at {site}: {sensor} {value} {unit} beyond {threshold} [{rule}] {other}'
    expect(alertMessage({ ...warm, message }, { ...subject, deviceName: '{value}' })).toBe(
      '{value} (d1) at –: temperature 87.2 °C beyond 85 [Warm] {other}',
    )
    expect(alertMessage({ ...range, message: '{threshold}' }, subject)).toBe('10 to 20')
    expect(
      alertMessage({ ...silent, message: '{device} is gone' }, { cause: 'offline', deviceId: 'd1' }),
    ).toBe('d1 is gone')
  })

  it('stays within its bound and breaks no character', () => {
    const message = `xx${'{device}'.repeat(60)}`
    const text = alertMessage({ ...warm, message }, { ...subject, deviceName: '🌡'.repeat(60) })
    expect(text).toHaveLength(999)
    expect(() => encodeURIComponent(text)).not.toThrow()
    expect(text.endsWith('…')).toBe(true)
  })

  it('goes with the limits that were crossed', () => {
    expect(alertThreshold(range, 3, undefined)).toEqual({
      operator: 'outside',
      low: 10,
      high: 20,
      current: 3,
    })
    expect(alertThreshold(warm, 87.2, '°C')).toEqual({ operator: '>', value: 85, current: 87.2, unit: '°C' })
    expect(alertThreshold(silent, 1, undefined)).toBeUndefined()
  })
})
