import { describe, expect, it } from '@jest/globals'
import { Interests } from './interests.js'

describe('who listens to what', () => {
  it.each([
    ['a/b', 'a/b', true],
    ['a/b', 'a/b/c', false],
    ['a/b/#', 'a/b', true],
    ['a/b/#', 'a/b/c/d', true],
    ['a/b/+', 'a/b/c', true],
    ['a/b/+', 'a/b/c/d', false],
    ['a/+/c', 'a/b/c', true],
    ['a/+/c', 'a/b/d', false],
    ['a/#', 'a', true],
    ['+', 'a', true],
    ['+', 'a/b', false],
    ['#', 'a/b/c', true],
    ['devices/a/commands', 'devices/a/telemetry', false],
    ['devices/a/#', 'devices/a/telemetry', true],
    ['devices/ab/#', 'devices/a/telemetry', false],
  ])('the filter %s for %s: %s', (filter, topic, expected) => {
    const interests = new Interests()
    interests.add('owner', filter)
    expect(interests.includes(topic)).toBe(expected)
  })

  it('ends with the last who listens', () => {
    const interests = new Interests()
    interests.add('one', '#')
    interests.add('one', '#')
    interests.add('two', '#')
    interests.add('two', 'devices/a/#')
    interests.remove('one', '#')
    interests.remove('one', '#')
    expect(interests.includes('x')).toBe(true)
    interests.forget('two')
    expect(interests.includes('x')).toBe(false)
    expect(interests.includes('devices/a/telemetry')).toBe(false)
    interests.forget('two')
  })

  it('is everything where too many listen broadly, and exact again when they are gone', () => {
    const interests = new Interests()
    for (let n = 0; n < 100; n++) interests.add(n, `+/${n}`)
    expect(interests.includes('nobody/listens')).toBe(true)
    for (let n = 0; n < 100; n++) interests.forget(n)
    expect(interests.includes('nobody/listens')).toBe(false)
  })
})
