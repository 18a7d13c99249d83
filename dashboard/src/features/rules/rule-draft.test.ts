import type { AlertRule } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import {
  draftFaults,
  draftOf,
  emptyDraft,
  patchOf,
  type RuleDraft,
  ruleFaultsByField,
  ruleOf,
} from './rule-draft.js'

const draft: RuleDraft = {
  ...emptyDraft({ timeZone: 'Asia/Ho_Chi_Minh' }),
  name: ' Too warm ',
  scope: 'site',
  site: 'Hanoi',
  sensorType: 'temperature',
  value: '8,5',
  clear: '7',
  for: '5m',
}

describe('the draft of a rule', () => {
  it('says a rule of what its operator needs, and nothing that is left over from another', () => {
    expect(ruleOf(draft)).toEqual({
      name: 'Too warm',
      site: 'Hanoi',
      sensorType: 'temperature',
      operator: '>',
      value: 8.5,
      clear: 7,
      for: '5m',
      severity: 'warning',
      enabled: true,
    })
    expect(ruleOf({ ...draft, operator: 'outside', low: '2', high: '8' })).toMatchObject({ low: 2, high: 8 })
    expect(ruleOf({ ...draft, operator: 'outside', low: '2', high: '8' })).not.toHaveProperty('value')
    const silent = ruleOf({ ...draft, operator: '', noData: '10m', sensorType: '' })
    expect(silent).toEqual({
      name: 'Too warm',
      site: 'Hanoi',
      noData: '10m',
      severity: 'warning',
      enabled: true,
    })
  })

  it('is the rule again that it was made of', () => {
    const rule: AlertRule = {
      ...ruleOf({ ...draft, scheduled: true, message: '{device} {value}', noData: '1h' }),
      id: 'r1',
      revision: 3,
      source: 'api',
      enabled: true,
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:00.000Z',
    }
    const { id, revision, source, createdAt, updatedAt, ...said } = rule
    expect(ruleOf(draftOf(rule, 'UTC'))).toEqual(said)
  })

  it('says what can’t be read, what is missing, and what the domain finds wrong', () => {
    const bad = { ...draft, value: 'warm', clear: '', for: '5 m', name: '', site: '' }
    expect(draftFaults(bad)).toEqual({ value: 'number', for: 'duration', name: 'needed', site: 'needed' })
    expect(draftFaults({ ...draft, operator: '', noData: '' })).toEqual({ noData: 'needed' })
    expect(draftFaults(draft)).toEqual({})
    expect(Object.keys(ruleFaultsByField({ ...draft, clear: '9' }))).toEqual(['clear'])
    expect(Object.keys(ruleFaultsByField({ ...draft, message: '{degrees}' }))).toEqual(['message'])
  })

  it('takes away in a patch what the rule no longer has', () => {
    const patch = patchOf(ruleOf({ ...draft, clear: '', scope: 'all' }), 4)
    expect(patch).toMatchObject({ revision: 4, clear: null, site: null, deviceId: null, value: 8.5 })
  })
})
