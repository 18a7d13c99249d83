import { FakeClock } from '@iot/testkit'
import { describe, expect, it } from '@jest/globals'
import { LoginFailures } from './login-failures.js'

const attempt = (username: string, address = '203.0.113.7') => ({ clientId: 'c', username, address })

function guess(failures: LoginFailures, username: string, times: number, address?: string): boolean[] {
  return Array.from({ length: times }, () => failures.note(attempt(username, address)))
}

describe('failed MQTT logins', () => {
  it('make an account wait at one address, for 15 minutes, and say so once', () => {
    const clock = new FakeClock()
    const failures = new LoginFailures({ clock, maxFailures: 3 })
    expect(guess(failures, 'pump', 4)).toEqual([false, false, true, false])
    expect(failures.mustWait(attempt('pump'))).toBe(true)
    expect(failures.mustWait(attempt('pump', '203.0.113.8'))).toBe(false)
    expect(failures.mustWait(attempt('valve'))).toBe(false)
    clock.advance(15 * 60_000)
    expect(failures.mustWait(attempt('pump'))).toBe(false)
  })

  it('are forgotten with a right one', () => {
    const failures = new LoginFailures({ clock: new FakeClock(), maxFailures: 3 })
    guess(failures, 'pump', 2)
    failures.clear(attempt('pump'))
    guess(failures, 'pump', 2)
    expect(failures.mustWait(attempt('pump'))).toBe(false)
  })

  it('make an address wait that tries many accounts; a /64 is one address', () => {
    const failures = new LoginFailures({ clock: new FakeClock(), maxFailures: 3 })
    for (let n = 0; n < 30; n++) failures.note(attempt(`guess-${n}`, `2001:db8::${n.toString(16)}`))
    expect(failures.mustWait(attempt('another', '2001:db8::ffff'))).toBe(true)
    expect(failures.mustWait(attempt('another', '2001:db8:1::1'))).toBe(false)
  })

  it('are remembered of so many alone', () => {
    const failures = new LoginFailures({ clock: new FakeClock(), maxFailures: 1, capacity: 4 })
    for (let n = 0; n < 10; n++) guess(failures, 'u', 1, `203.0.113.${n}`)
    expect(failures.mustWait(attempt('u', '203.0.113.9'))).toBe(true)
    expect(failures.mustWait(attempt('u', '203.0.113.1'))).toBe(false)
  })
})
