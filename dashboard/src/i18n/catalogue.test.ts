import { describe, expect, it } from '@jest/globals'
import { en } from './en.js'
import { lateEn } from './late.en.js'
import { vi } from './vi.js'

function textsOf(branch: object, path = ''): Map<string, string> {
  return new Map(
    Object.entries(branch).flatMap(([key, value]: [string, string | object]) =>
      typeof value === 'string' ? [[`${path}${key}`, value]] : [...textsOf(value, `${path}${key}.`)],
    ),
  )
}

function placeholdersOf(text: string): string[] {
  return [...text.matchAll(/\{\{(\w+)(?:, number)?\}\}/g)].map(([, name]) => name!).sort()
}

const english = textsOf({ ...en, ...lateEn })
const vietnamese = textsOf(vi)

describe('the catalogue', () => {
  it('has each part once, in the first load or with the pages that need it', () => {
    expect(Object.keys(lateEn).filter((part) => part in en)).toEqual([])
  })

  it('has the same keys in every language', () => {
    expect([...vietnamese.keys()].sort()).toEqual([...english.keys()].sort())
  })

  it('leaves no text empty', () => {
    expect([...english, ...vietnamese].filter(([, text]) => text.trim() === '')).toEqual([])
  })

  it('fills in the same facts in every language', () => {
    const differing = [...english].filter(
      ([key, text]) => placeholdersOf(text).join() !== placeholdersOf(vietnamese.get(key) ?? '').join(),
    )
    expect(differing.map(([key]) => key)).toEqual([])
  })
})
