import { describe, expect, it } from '@jest/globals'
import { readAuditQuestion } from './audit-view.js'

describe('readAuditQuestion', () => {
  it('takes from the address what the API takes, and nothing else', () => {
    const search = new URLSearchParams(
      'actor=linh&action=rule.changed&target=r1&from=2026-01-01T00:00:00Z&page=3',
    )
    expect(readAuditQuestion(search)).toEqual({
      actor: 'linh',
      action: 'rule.changed',
      targetId: 'r1',
      from: '2026-01-01T00:00:00.000Z',
    })
  })

  it('leaves out what can’t be read', () => {
    expect(readAuditQuestion(new URLSearchParams('from=yesterday&action=%00&actor=+'))).toEqual({})
  })
})
