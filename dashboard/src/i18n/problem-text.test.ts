import { ERROR_CODES, type ErrorCode } from '@iot/contracts'
import { beforeAll, describe, expect, it } from '@jest/globals'
import type { i18n } from 'i18next'
import { createI18n } from './i18n.js'
import { problemText } from './problem-text.js'

const codes = Object.keys(ERROR_CODES) as ErrorCode[]
let english: i18n
let vietnamese: i18n

beforeAll(async () => {
  english = await createI18n('en')
  vietnamese = await createI18n('vi')
})

describe('why the server refused', () => {
  it('is said as the server says it to who reads English', () => {
    for (const code of codes) {
      const { title } = ERROR_CODES[code]
      expect(problemText(english.t, { code, title, detail: 'There is no rule 7.' })).toBe(
        'There is no rule 7.',
      )
      expect(problemText(english.t, { code, title })).toBe(title)
    }
  })

  it('has words of its own in Vietnamese, whatever it is', () => {
    const texts = codes.map((code) => problemText(vietnamese.t, { code, title: '', detail: 'English' }))
    for (const text of texts) expect(text).toMatch(/[à-ỹ]/)
    expect(new Set(texts).size).toBe(codes.length)
  })

  it('is left in the server’s words where it is newer than the page', () => {
    const problem = { code: 'NOT_KNOWN_HERE', title: 'It is too new' }
    expect(problemText(vietnamese.t, problem)).toBe('It is too new')
  })

  it('says of a server that was not reached that it was not', () => {
    const unreached = { code: 'NETWORK', title: 'Failed to fetch' }
    expect(problemText(english.t, unreached)).toBe('The server cannot be reached')
    expect(problemText(vietnamese.t, unreached)).toBe('Không kết nối được máy chủ')
  })
})
