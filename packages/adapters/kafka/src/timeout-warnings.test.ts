import { describe, expect, it } from '@jest/globals'
import { dropTimeoutWarnings } from './timeout-warnings.js'

describe('warnings of the process', () => {
  it('are dropped where they are about negative timeouts, and pass else', () => {
    const passed: unknown[][] = []
    const warner = { emitWarning: (...args: unknown[]) => void passed.push(args) }
    dropTimeoutWarnings(warner)
    dropTimeoutWarnings(warner)
    warner.emitWarning('-1 is negative', 'TimeoutNegativeWarning')
    warner.emitWarning('-1 is negative', { type: 'TimeoutNegativeWarning' })
    warner.emitWarning(Object.assign(new Error('-1 is negative'), { name: 'TimeoutNegativeWarning' }))
    warner.emitWarning('something else', 'OtherWarning', 'CODE')
    warner.emitWarning('plain words')
    expect(passed).toEqual([['something else', 'OtherWarning', 'CODE'], ['plain words']])
  })
})
