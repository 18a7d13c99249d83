import type { AlertRuleRequest } from '@iot/contracts'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { createInstance, type TFunction } from 'i18next'
import { lateEn } from '../../i18n/late.en.js'
import { createFormat } from '../../ui/format.js'
import { isAbout, limitOf } from './rule-limits.js'
import { readOnlyBecause } from './rule-rights.js'
import { type RuleWords, ruleSentence } from './rule-sentence.js'
import { devicesToDraw, factsOf } from './scope-facts.js'

let words: RuleWords

beforeAll(async () => {
  const i18n = createInstance()
  await i18n.init({
    lng: 'en',
    resources: { en: { translation: lateEn } },
    interpolation: { escapeValue: false },
    showSupportNotice: false,
  })
  const names: Record<string, string> = { d1: 'Cold room 1' }
  words = {
    t: i18n.t as TFunction,
    format: createFormat('en', 'UTC'),
    deviceName: (id) => names[id] ?? id,
    unit: '°C',
  }
})

const rule: AlertRuleRequest = {
  name: 'Too warm',
  sensorType: 'temperature',
  operator: '>',
  value: 8,
  severity: 'critical',
}

describe('ruleSentence', () => {
  it('says a whole rule as one says it', () => {
    expect(ruleSentence({ ...rule, site: 'Hanoi', for: '5m', clear: 7 }, words)).toBe(
      'When temperature of any device at Hanoi is above 8 °C for 5 min: critical. Closes at 7 °C.',
    )
    expect(ruleSentence({ ...rule, deviceId: 'd1', operator: 'outside', low: 2, high: 8 }, words)).toBe(
      'When temperature of Cold room 1 is outside 2 to 8 °C: critical.',
    )
    expect(ruleSentence({ name: '', noData: '90s', severity: 'warning' }, words)).toBe(
      'When any device is offline or silent for 90 sec: warning.',
    )
    const timeZone = 'Asia/Ho_Chi_Minh'
    const schedule = { days: ['mon' as const, 'sun' as const], from: '08:00', to: '18:00', timeZone }
    expect(ruleSentence({ ...rule, noData: '1h', schedule }, words)).toBe(
      'When temperature of any device is above 8 °C, or none comes for 1 hr: critical. Opens only Mon, Sun, 08:00–18:00 (Asia/Ho_Chi_Minh).',
    )
  })

  it('leaves open what is not filled in yet', () => {
    expect(ruleSentence({ operator: '<', severity: 'warning', site: '' }, words)).toBe(
      'When … of any device at … is below …: warning.',
    )
  })
})

describe('limitOf', () => {
  it('shades the values in breach, on both sides where both are', () => {
    expect(limitOf(rule, 'r1', words)).toEqual({
      id: 'r1',
      severity: 'critical',
      label: 'critical: above 8 °C',
      bands: [[8, Number.POSITIVE_INFINITY]],
      lines: [8],
    })
    const { value: _gone, ...range } = rule
    expect(limitOf({ ...range, operator: 'outside', low: 2, high: 8 }, 'r1', words)?.bands).toEqual([
      [Number.NEGATIVE_INFINITY, 2],
      [8, Number.POSITIVE_INFINITY],
    ])
    expect(limitOf({ name: '', noData: '1h', severity: 'warning' }, 'r1', words)).toBeUndefined()
  })
})

describe('isAbout', () => {
  it('goes by the device, its site, or neither', () => {
    const device = { deviceId: 'd1', site: 'Hanoi' }
    expect([{ deviceId: 'd1' }, { site: 'Hanoi' }, {}].map((each) => isAbout(each, device))).toEqual([
      true,
      true,
      true,
    ])
    expect([{ deviceId: 'd2' }, { site: 'Da Nang' }].map((each) => isAbout(each, device))).toEqual([
      false,
      false,
    ])
  })
})

describe('readOnlyBecause', () => {
  it('goes by one’s role, the file, and whether the rule reaches beyond one’s sites', () => {
    const operator = { id: 'u1', username: 'an', role: 'operator' as const }
    const ofSite = { source: 'api' as const, site: 'Hanoi' }
    expect(readOnlyBecause({ ...operator, role: 'user' }, ofSite)).toBe('role')
    expect(readOnlyBecause(operator, { source: 'file' })).toBe('file')
    expect(readOnlyBecause({ ...operator, sites: ['Hanoi'] }, { source: 'api' })).toBe('everyDevice')
    expect(readOnlyBecause({ ...operator, sites: ['Hanoi'] }, ofSite)).toBeUndefined()
    expect(readOnlyBecause(operator, { source: 'api' })).toBeUndefined()
  })
})

describe('the devices of a scope', () => {
  const entry = (deviceId: string, site: string, sensorType: string) => ({
    deviceId,
    site,
    name: deviceId,
    status: 'online' as const,
    tags: [],
    sensors: { [sensorType]: { sensorType, unit: '°C' } },
    haystack: deviceId,
    sortKey: deviceId,
    described: true,
  })
  const entities = {
    a: entry('a', 'Hanoi', 'humidity'),
    b: entry('b', 'Hanoi', 'temperature'),
    c: entry('c', 'Da Nang', 'level'),
  }

  it('are those that the rule is about, and their sensors are offered', () => {
    const scope = { scope: 'site', site: 'Hanoi', deviceId: '' } as const
    const facts = factsOf(entities, ['a', 'b', 'c'], scope, 'temperature')
    expect([...facts.sensors.keys()]).toEqual(['humidity', 'temperature'])
    expect(facts.devices.map(({ deviceId }) => deviceId)).toEqual(['b', 'a'])
    expect(facts.sites).toEqual(['Da Nang', 'Hanoi'])
  })

  it('are drawn in the order of how often the rule opened on them', () => {
    const at = { openedAt: '2026-01-01T00:00:00.000Z' }
    const episodes = ['c', 'b', 'b'].map((deviceId) => ({ deviceId, ...at }))
    expect(devicesToDraw(episodes, { devices: [entities.a, entities.b] })).toEqual(['b', 'c', 'a'])
  })
})
