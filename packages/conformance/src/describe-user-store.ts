import type { UserOutcome, UserRow, UserStore } from '@iot/ports'
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

    describe('the list', () => {
      it('goes on after a user, in order of name, letters’ case aside', async () => {
        for (const username of ['Zoe', 'ann', 'Ben', 'b_1', 'b-1']) await store.create({ ...BEN, username })
        const names = async (query: Parameters<UserStore['list']>[0]) =>
          (await store.list(query)).map(({ username }) => username)
        expect(await names({ limit: 9 })).toEqual(['ann', 'b-1', 'b_1', 'Ben', 'Zoe'])
        expect(await names({ limit: 2 })).toEqual(['ann', 'b-1'])
        expect(await names({ limit: 2, after: 'B-1' })).toEqual(['b_1', 'Ben'])
        expect(await names({ limit: 2, after: 'zoe' })).toEqual([])
      })
    })

    describe('a change', () => {
      let ann: UserRow
      let ben: UserRow
      beforeEach(async () => {
        ann = (await store.create(ANN)) as UserRow
        ben = (await store.create({ ...BEN, sites: ['Hanoi'] })) as UserRow
      })
      const begin = (user: UserRow, tokenHash: string) =>
        store.beginSession({
          userId: user.id,
          userVersion: user.version,
          tokenHash,
          expiresAtMs: NOW_MS + DAY_MS,
          nowMs: NOW_MS,
        })
      const isAlive = async (tokenHash: string) => {
        const rotation = { tokenHash, successorHash: `${tokenHash}-next`, nowMs: NOW_MS, graceMs: GRACE_MS }
        const { outcome } = await store.rotateSession({ ...rotation, expiresAtMs: NOW_MS + DAY_MS })
        return outcome === 'rotated'
      }
      const done = (outcome: UserOutcome) => {
        if (outcome.outcome !== 'done') throw new Error(outcome.outcome)
        return outcome
      }

      it('of role and sites counts from the next version on, and ends no session', async () => {
        expect(ben).toMatchObject({ sites: ['Hanoi'], version: 1, outBefore: 0 })
        await begin(ben, 'b1')
        const first = done(await store.update(ben.id, { role: 'operator', sites: ['Hue', 'Đà Nẵng'] }))
        expect(first.user).toEqual({ ...ben, role: 'operator', sites: ['Hue', 'Đà Nẵng'], version: 2 })
        expect(await store.findById(ben.id)).toEqual(first.user)
        expect(first.rights).toEqual({
          userId: ben.id,
          version: 2,
          role: 'operator',
          sites: ['Hue', 'Đà Nẵng'],
          effect: 'changed',
        })
        const { user, rights } = done(await store.update(ben.id, { sites: null }))
        expect(user).not.toHaveProperty('sites')
        expect(rights).toEqual({ userId: ben.id, version: 3, role: 'operator', effect: 'changed' })
        expect(await isAlive('b1')).toBe(true)
      })

      it.each([
        ['that disables', { disabled: true }],
        ['of the password', { passwordHash: 'other' }],
        ['of password and role', { passwordHash: 'other', role: 'operator' }],
      ] as const)('%s ends every session of that user and no other', async (_, change) => {
        await begin(ann, 'a1')
        for (const token of ['b1', 'b2']) expect(await begin(ben, token)).toBe(true)
        const { user, rights } = done(await store.update(ben.id, change))
        expect(user).toMatchObject({ ...change, version: 2, outBefore: 2 })
        expect(rights).toMatchObject({ version: 2, role: user.role, effect: 'out', outBefore: 2 })
        for (const token of ['b1', 'b2']) expect(await isAlive(token)).toBe(false)
        expect(await isAlive('a1')).toBe(true)
      })

      it('that lets in again ends nothing more, and lets nobody go on who was put out', async () => {
        await store.update(ben.id, { disabled: true })
        const { user, rights } = done(await store.update(ben.id, { disabled: false }))
        expect(user).toMatchObject({ disabled: false, version: 3, outBefore: 2 })
        expect(rights).toMatchObject({ version: 3, effect: 'changed', outBefore: 2 })
      })

      it('keeps who was put out before it out', async () => {
        const { user } = done(await store.update(ben.id, { passwordHash: 'other' }))
        const { rights } = done(await store.update(ben.id, { role: 'operator' }))
        expect(rights).toMatchObject({ effect: 'changed', version: 3, outBefore: user.version })
      })

      it('to what is so already is none', async () => {
        const change = { role: 'user', sites: ['Hanoi'], disabled: false, passwordHash: 'hash-b' } as const
        expect(await store.update(ben.id, change)).toEqual({ outcome: 'done', user: ben })
        expect(await store.update(ben.id, {})).toEqual({ outcome: 'done', user: ben })
        expect(await store.changedRights(DAY_MS)).toEqual([])
      })

      it('of nobody is none', async () => {
        for (const id of ['00000000-0000-4000-8000-000000000000', 'not an id']) {
          expect(await store.update(id, { role: 'user' })).toEqual({ outcome: 'unknown' })
          expect(await store.remove(id)).toEqual({ outcome: 'unknown' })
        }
      })

      it('removes a user with their sessions; the name is free again', async () => {
        await begin(ben, 'b1')
        const { user, rights } = done(await store.remove(ben.id))
        expect(user).toEqual(ben)
        expect(rights).toMatchObject({ userId: ben.id, version: 2, effect: 'out' })
        expect(await store.findById(ben.id)).toBeUndefined()
        expect(await isAlive('b1')).toBe(false)
        expect((await store.create(BEN))?.id).not.toBe(ben.id)
      })

      it('never takes away the last administrator who may log in', async () => {
        await store
          .create({ ...ANN, username: 'shut-out' })
          .then((one) => store.update(one!.id, { disabled: true }))
        const refused = { outcome: 'last-administrator' }
        await begin(ann, 'a1')
        expect(await store.update(ann.id, { role: 'operator' })).toEqual(refused)
        expect(await store.update(ann.id, { disabled: true })).toEqual(refused)
        expect(await store.remove(ann.id)).toEqual(refused)
        expect(await store.findById(ann.id)).toEqual(ann)
        expect(await isAlive('a1')).toBe(true)
        expect((await store.update(ann.id, { passwordHash: 'other' })).outcome).toBe('done')
        await store.update(ben.id, { role: 'admin' })
        expect((await store.remove(ann.id)).outcome).toBe('done')
      })

      it('leaves one administrator of many who are taken away at once, time after time', async () => {
        let left = ann
        for (let round = 0; round < 5; round++) {
          const all = [left]
          for (let n = 0; n < 4; n++) {
            all.push((await store.create({ ...ANN, username: `admin-${round}-${n}` })) as UserRow)
          }
          const outcomes = await Promise.all(
            all.map(({ id }, at) =>
              at % 3 === 0
                ? store.remove(id)
                : store.update(id, at % 3 === 1 ? { role: 'user' } : { disabled: true }),
            ),
          )
          const kept = all.filter((_, at) => outcomes[at]!.outcome === 'last-administrator')
          expect(kept).toHaveLength(1)
          left = kept[0]!
        }
      })

      it('gives each of several at once a version of its own', async () => {
        const roles = ['operator', 'admin', 'user'] as const
        const outcomes = await Promise.all(roles.map((role) => store.update(ann.id, { role })))
        const versions = outcomes.flatMap((one) =>
          one.outcome === 'done' && one.rights ? [one.user.version] : [],
        )
        expect(new Set(versions).size).toBe(versions.length)
        expect((await store.findById(ann.id))?.role).toBe('admin')
      })

      it('is noted with the rights that count since, the newest of each user', async () => {
        await store.update(ben.id, { role: 'operator' })
        const { rights: newest } = done(await store.update(ben.id, { disabled: true }))
        await store.create({ ...ANN, username: 'second' })
        const { rights: gone } = done(await store.remove(ann.id))
        const noted = await store.changedRights(DAY_MS / 24)
        expect(noted).toHaveLength(2)
        expect(noted).toEqual(expect.arrayContaining([newest, gone]))
        expect(await store.changedRights(0)).toEqual([])
      })

      it('lets no session begin by what was right before it', async () => {
        await store.update(ben.id, { role: 'operator' })
        expect(await begin(ben, 'before a change of role')).toBe(true)
        await store.update(ben.id, { passwordHash: 'other' })
        expect(await begin(ben, 'with the old password')).toBe(false)
        expect(await isAlive('with the old password')).toBe(false)
        const now = (await store.findById(ben.id)) as UserRow
        expect(await begin(now, 'with the new one')).toBe(true)
        await store.update(ben.id, { disabled: true })
        expect(await begin((await store.findById(ben.id)) as UserRow, 'disabled')).toBe(false)
        await store.remove(ben.id)
        expect(await begin(now, 'removed')).toBe(false)
      })

      it('ends also the sessions that begin while it is made', async () => {
        let before = ben
        for (let round = 0; round < 10; round++) {
          const tokens = [1, 2, 3].map((n) => `round-${round}-${n}`)
          const [, outcome] = await Promise.all([
            begin(before, tokens[0]!),
            store.update(ben.id, { passwordHash: `password-${round}` }),
            ...tokens.slice(1).map((token) => begin(before, token)),
          ])
          for (const token of tokens) expect(await isAlive(token)).toBe(false)
          before = done(outcome).user
        }
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
          userVersion: user.version,
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
          userVersion: user.version,
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
          userVersion: user.version,
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
