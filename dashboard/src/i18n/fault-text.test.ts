import { FIELD_FAULTS, type FieldFault, type FieldFaultCode } from '@iot/contracts'
import { fieldFault, ruleFaults } from '@iot/domain'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { createInstance, type TFunction } from 'i18next'
import { faultText } from './fault-text.js'
import { lateEn } from './late.en.js'
import { vi } from './vi.js'

const codes = Object.keys(FIELD_FAULTS) as FieldFaultCode[]
let english: TFunction
let vietnamese: TFunction

async function texts(language: string, translation: object): Promise<TFunction> {
  const i18n = createInstance()
  await i18n.init({
    lng: language,
    resources: { [language]: { translation } },
    interpolation: { escapeValue: false },
    showSupportNotice: false,
  })
  return i18n.t as TFunction
}

beforeAll(async () => {
  english = await texts('en', lateEn)
  vietnamese = await texts('vi', vi)
})

/** A fault of each code, its parameters named for themselves. */
function faultOf(code: FieldFaultCode): FieldFault {
  const names = [...FIELD_FAULTS[code].matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name!)
  return fieldFault('field', code, Object.fromEntries(names.map((name) => [name, `«${name}»`])))
}

describe('what is wrong with a field', () => {
  it('is said as the server says it to who reads English', () => {
    for (const code of codes) expect(faultText(english, faultOf(code))).toBe(faultOf(code).message)
  })

  it('has words of its own in Vietnamese, whatever it is, filled with the same facts', () => {
    for (const code of codes) {
      const fault = faultOf(code)
      const text = faultText(vietnamese, fault)
      expect(text).not.toBe(fault.message)
      expect(text).not.toContain('{{')
      for (const value of Object.values(fault.params ?? {})) expect(text).toContain(value)
    }
  })

  it('is said of a rule whose condition can’t be read', () => {
    const rule = { name: 'Warm', sensorType: 'temperature', operator: '>', severity: 'warning' } as const
    expect(ruleFaults(rule).map((fault) => faultText(vietnamese, fault))).toEqual([
      '“>” cần giá trị để so sánh',
    ])
  })

  it('is left in the server’s words where there are no others', () => {
    const fault = { field: 'cursor', message: 'is not one of ours' }
    expect(faultText(vietnamese, fault)).toBe(fault.message)
    const ofNewerServer = { ...fault, code: 'NOT_KNOWN_HERE' as FieldFaultCode }
    expect(faultText(vietnamese, ofNewerServer)).toBe(fault.message)
  })
})
