import type { UserRow, UserStore } from '@iot/ports'
import { beforeEach, describe, expect, it } from '@jest/globals'

const ANN = { username: 'Ann', passwordHash: 'hash-a', role: 'admin' } as const
const BEN = { username: 'ben', passwordHash: 'hash-b', role: 'user' } as const
const NOW_MS = Date.parse('2026-03-01T12:00:00Z')
const GRACE_MS = 10_000
const DAY_MS = 86_400_000

/** `create` makes an empty store. */
export function describeUserStore(name: string, create: () => Promise<UserStore>): void {
  describe(`user store: ${name}`, () => {
    let store: UserStore
    beforeEach(async () => {
      store = await create()
    })

    describe('users', () => {
      it('finds a user by name, letters’ case aside, and by id', async () => {
        const ann = (await store.create(ANN)) as UserRow
        expect(ann).toMatchObject({ ...ANN, disabled: false })
        expect(await store.findByUsername('aNN')).toEqual(ann)
        expect(await store.findById(ann.id)).toEqual(ann)
        expect(await store.findByUsername('ben')).toBeUndefined()
        expect(await store.findById('00000000-0000-4000-8000-000000000000')).toBeUndefined()
        expect(await store.findById('not an id')).toBeUndefined()
      })

      it('refuses a name that is taken, letters’ case aside', async () => {
        await store.create(ANN)
        expect(await store.create({ ...BEN, username: 'ANN' })).toBeUndefined()
        expect(await store.count()).toBe(1)
      })

      it('makes one first user, also when many try at once', async () => {
        const tries = await Promise.all(
          [1, 2, 3, 4].map((n) => store.createFirst({ ...ANN, username: `first-${n}` })),
        )
        expect(tries.filter(Boolean)).toHaveLength(1)
        expect(await store.count()).toBe(1)
        expect(await store.createFirst(BEN)).toBeUndefined()
      })

      it('forgets the set-up token with the first user', async () => {
        await store.setSetupToken('one')
        await store.setSetupToken('two')
        expect(await store.getSetupToken()).toBe('two')
        await store.createFirst(ANN)
        expect(await store.getSetupToken()).toBeUndefined()
      })
    })

    describe('sessions', () => {
      let user: UserRow
      const rotate = (tokenHash: string, successorHash: string, nowMs: number) =>
        store.rotateSession({
          tokenHash,
          successorHash,
          nowMs,
          graceMs: GRACE_MS,
          expiresAtMs: nowMs + DAY_MS,
        })

      beforeEach(async () => {
        user = (await store.create(ANN)) as UserRow
        await store.beginSession({
          userId: user.id,
          tokenHash: 't1',
          expiresAtMs: NOW_MS + DAY_MS,
          nowMs: NOW_MS,
        })
      })

      it('swaps a token for its successor, again and again', async () => {
        expect(await rotate('t1', 't2', NOW_MS)).toEqual({ outcome: 'rotated', userId: user.id })
        expect(await rotate('t2', 't3', NOW_MS + 60_000)).toEqual({ outcome: 'rotated', userId: user.id })
        expect(await rotate('t3', 't4', NOW_MS + 120_000)).toEqual({ outcome: 'rotated', userId: user.id })
      })

      it('gives siblings to tabs that ask at the same time, all of them valid', async () => {
        const answers = await Promise.all(['a', 'b', 'c'].map((next) => rotate('t1', next, NOW_MS)))
        expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['rotated', 'sibling', 'sibling'])
        for (const next of ['a', 'b', 'c']) {
          expect((await rotate(next, `${next}2`, NOW_MS + 60_000)).outcome).toBe('rotated')
        }
      })

      it('ends the whole family when a token is shown after its grace', async () => {
        await rotate('t1', 't2', NOW_MS)
        expect((await rotate('t1', 't2-sibling', NOW_MS + GRACE_MS)).outcome).toBe('sibling')
        expect((await rotate('t1', 'stolen', NOW_MS + GRACE_MS + 1)).outcome).toBe('reused')
        for (const token of ['t1', 't2', 't2-sibling', 'stolen']) {
          expect((await rotate(token, `${token}-next`, NOW_MS + GRACE_MS + 2)).outcome).toBe('unknown')
        }
      })

      it('leaves the user’s other families alone', async () => {
        await store.beginSession({
          userId: user.id,
          tokenHash: 'phone',
          expiresAtMs: NOW_MS + DAY_MS,
          nowMs: NOW_MS,
        })
        await rotate('t1', 't2', NOW_MS)
        await rotate('t1', 't3', NOW_MS + 60_000)
        expect((await rotate('phone', 'phone2', NOW_MS + 60_000)).outcome).toBe('rotated')
      })

      it('knows no token that it never gave, and none that has expired', async () => {
        expect(await rotate('never', 'x', NOW_MS)).toEqual({ outcome: 'unknown' })
        expect((await rotate('t1', 't2', NOW_MS + DAY_MS)).outcome).toBe('unknown')
      })

      it('ends a session by any token of it', async () => {
        await rotate('t1', 't2', NOW_MS)
        await store.endSession('t1')
        await store.endSession('never given')
        expect((await rotate('t2', 't3', NOW_MS)).outcome).toBe('unknown')
      })

      it('prunes what has expired and keeps what has not', async () => {
        await store.beginSession({
          userId: user.id,
          tokenHash: 'long',
          expiresAtMs: NOW_MS + 9 * DAY_MS,
          nowMs: NOW_MS,
        })
        expect(await store.pruneSessions(NOW_MS + 2 * DAY_MS)).toBe(1)
        expect(await store.pruneSessions(NOW_MS + 2 * DAY_MS)).toBe(0)
        expect((await rotate('long', 'longer', NOW_MS + 2 * DAY_MS)).outcome).toBe('rotated')
      })
    })
  })
}
