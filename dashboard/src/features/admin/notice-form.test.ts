import { describe, expect, it } from '@jest/globals'
import { noticeFaults, noticeFrom } from './notice-form.js'

function form(fields: Record<string, string>): FormData {
  const made = new FormData()
  for (const [name, value] of Object.entries(fields)) made.set(name, value)
  return made
}

describe('the form of a notice', () => {
  const fields = {
    type: 'warning',
    title: ' Tonight ',
    message: ' pump-2 is off \n',
    role: 'operator',
    user: 'minh',
  }

  it('addresses everyone, a role or a user, and only the one that is chosen', () => {
    const said = { type: 'warning', title: 'Tonight', message: 'pump-2 is off' }
    expect(noticeFrom(form(fields), 'all')).toEqual(said)
    expect(noticeFrom(form(fields), 'role')).toEqual({ ...said, to: { role: 'operator' } })
    expect(noticeFrom(form(fields), 'user')).toEqual({ ...said, to: { user: 'minh' } })
  })

  it('needs words, and a name where it goes to one', () => {
    expect(noticeFaults(noticeFrom(form({ ...fields, message: '  ', user: '' }), 'user'))).toEqual({
      message: 'required',
      user: 'required',
    })
    expect(noticeFaults(noticeFrom(form(fields), 'user'))).toEqual({})
  })
})
