import { FakeClock } from '@iot/testkit'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { fakeLink } from '../testing/fake-link.js'
import { createSession, type Session } from './session.js'
import { createSessionLife } from './session-life.js'
import { SessionRegistry } from './session-registry.js'

const MINUTE_MS = 60_000
const IDLE_MS = 3_600_000

let clock: FakeClock
let sessions: SessionRegistry
let standing: 'current' | 'changed' | 'out'
let listening: Set<Session>
let told: unknown[]

beforeEach(() => {
  clock = new FakeClock(0)
  sessions = new SessionRegistry()
  standing = 'current'
  listening = new Set()
  told = []
})

function setUp(expiresAtMs: number) {
  const life = createSessionLife({
    sessions,
    clock,
    idleTimeoutMs: IDLE_MS,
    rights: { check: () => standing },
    isListening: (session) => listening.has(session),
  })
  const link = fakeLink({
    emit: (event, body) => void told.push([event, body]),
    close: (reason) => void told.push(`close: ${reason}`),
    disconnect: (reason) => void told.push(`disconnect: ${reason}`),
    abort: (reason) => void told.push(`abort: ${reason}`),
  })
  const user = { id: 'id', username: 'ada', role: 'user' as const }
  const admission = { user, userVersion: 1, isAnonymous: false, address: '::1', expiresAtMs }
  const session = createSession(link, admission, { backlogBytes: 1, messagesPerSecond: 1, nowMs: 0 })
  sessions.add(session)
  const at = (ms: number) => {
    clock.set(ms)
    life.sweep()
  }
  return { life, session, at }
}

describe('the life of a session', () => {
  it('is warned once, a minute before its token ends, then told and closed so that its client comes back', () => {
    const { at } = setUp(15 * MINUTE_MS)
    at(14 * MINUTE_MS - 1)
    expect(told).toEqual([])
    at(14 * MINUTE_MS)
    at(14 * MINUTE_MS + 1_000)
    expect(told.splice(0)).toEqual([['auth:expiring', { expiresAt: '1970-01-01T00:15:00.000Z' }]])
    at(15 * MINUTE_MS)
    expect(told).toEqual([
      ['auth:expired', { reason: 'token expired', message: expect.any(String) }],
      'close: token expired',
    ])
  })

  it('goes on, and is warned anew, when its token was replaced', () => {
    const { session, at } = setUp(15 * MINUTE_MS)
    at(14 * MINUTE_MS)
    session.expiresAtMs = 29 * MINUTE_MS
    session.isWarned = false
    told = []
    at(15 * MINUTE_MS)
    expect(told).toEqual([])
    at(28 * MINUTE_MS)
    expect(told).toEqual([['auth:expiring', { expiresAt: '1970-01-01T00:29:00.000Z' }]])
  })

  it('ends when rights have changed; who is out is told not to come back', () => {
    const { at } = setUp(15 * MINUTE_MS)
    standing = 'changed'
    at(1)
    expect(told.splice(0)).toEqual([
      ['auth:expired', { reason: 'rights changed', message: expect.any(String) }],
      'close: rights changed',
    ])
    const other = setUp(15 * MINUTE_MS)
    standing = 'out'
    other.at(2)
    expect(told).toEqual([
      ['auth:expired', { reason: 'signed out', message: expect.any(String) }],
      'disconnect: signed out',
    ])
  })

  it('is cut when the farewell takes longer than 5 s', () => {
    const { session, life, at } = setUp(15 * MINUTE_MS)
    life.end(session, 'closed by an administrator')
    life.end(session, 'idle')
    at(5_000)
    expect(told).toEqual(['close: closed by an administrator'])
    at(5_001)
    expect(told.at(-1)).toBe('abort: closed by an administrator')
  })

  it('ends where nobody uses it, and not where something is sent to it', () => {
    const { session, at } = setUp(Number.POSITIVE_INFINITY)
    listening.add(session)
    at(2 * IDLE_MS)
    expect(told).toEqual([])
    listening.delete(session)
    session.usedAtMs = clock.nowMs()
    at(3 * IDLE_MS)
    expect(told).toEqual([])
    at(3 * IDLE_MS + 1)
    expect(told).toEqual(['close: idle'])
  })
})
