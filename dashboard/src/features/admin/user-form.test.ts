import type { User } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import { changeFrom, faultsOf, fieldsOf, newUserFrom } from './user-form.js'

const user: User = {
  id: 'u1',
  username: 'minh',
  role: 'operator',
  sites: ['Hanoi', 'Da Nang'],
  disabled: false,
  createdAt: '2026-01-01T00:00:00.000Z',
}

function form(fields: Record<string, string>): FormData {
  const made = new FormData()
  for (const [name, value] of Object.entries(fields)) made.set(name, value)
  return made
}

describe('the form of a user', () => {
  it('makes a user of all sites where none is named, and of those named, one a line, each once', () => {
    const named = { username: ' minh ', password: 'long enough', role: 'user' }
    expect(newUserFrom(fieldsOf(form(named), undefined))).toEqual({ ...named, username: 'minh' })
    const sites = 'Hanoi / A, east\n\n  Da Nang \nDa Nang'
    expect(newUserFrom(fieldsOf(form({ ...named, sites }), undefined)).sites).toEqual([
      'Hanoi / A, east',
      'Da Nang',
    ])
  })

  it('sends only what is other than before, and nothing when nothing is', () => {
    const same = { role: 'operator', sites: 'Da Nang\nHanoi', password: '' }
    expect(changeFrom(fieldsOf(form(same), user), user)).toBeUndefined()
    expect(changeFrom(fieldsOf(form({ ...same, sites: '' }), user), user)).toEqual({ sites: null })
    expect(changeFrom(fieldsOf(form({ ...same, disabled: 'on', role: 'user' }), user), user)).toEqual({
      disabled: true,
      role: 'user',
    })
  })

  it('keeps the role where it can’t be chosen', () => {
    expect(changeFrom(fieldsOf(form({ sites: 'Hanoi\nDa Nang' }), user), user)).toBeUndefined()
  })

  it('says at each field what is wrong with it', () => {
    const bad = fieldsOf(form({ username: 'a b', password: 'short', sites: 'x'.repeat(65) }), undefined)
    expect(faultsOf(bad, true)).toEqual({
      username: 'usernameBad',
      password: 'passwordShort',
      sites: 'siteLong',
    })
    expect(faultsOf(fieldsOf(form({ password: '' }), user), false)).toEqual({})
    expect(faultsOf(fieldsOf(form({ password: 'short' }), user), false)).toEqual({
      password: 'passwordShort',
    })
  })
})
