import { describe, expect, it } from '@jest/globals'
import { describeError } from './logger.js'

describe('what is logged of an error', () => {
  it('is its kind, words, code and causes', () => {
    const cause = Object.assign(new TypeError('inner'), { code: '57P01' })
    expect(describeError(new Error('outer', { cause }))).toMatchObject({
      type: 'Error',
      message: 'outer',
      cause: { type: 'TypeError', message: 'inner', code: '57P01' },
    })
  })

  it('is never what a library hangs on it', () => {
    const error = Object.assign(new Error('lost'), { client: { password: 'secret' } })
    expect(JSON.stringify(describeError(error))).not.toContain('secret')
  })

  it('ends, also where causes go in a circle', () => {
    const error = new Error('round')
    error.cause = error
    expect(JSON.stringify(describeError(error)).match(/"round"/g)).toHaveLength(4)
  })

  it('is the text of what is no error', () => {
    expect(describeError('just words')).toBe('just words')
    expect(describeError(undefined)).toBe('undefined')
  })
})
