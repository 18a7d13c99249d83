import type { RightsBoard, UserRights } from '@iot/ports'
import { until } from '@iot/testkit'
import { beforeEach, describe, expect, it } from '@jest/globals'

/** `create` makes an empty board whose postings last for `lifetimeMs`; of a fake clock `pass` lets that time go by. */
export function describeRightsBoard(
  name: string,
  create: (options: { lifetimeMs: number }) => Promise<{ board: RightsBoard; pass?: (ms: number) => void }>,
): void {
  describe(`board of rights: ${name}`, () => {
    const AMPLE_MS = 60_000
    let board: RightsBoard
    beforeEach(async () => {
      board = (await create({ lifetimeMs: AMPLE_MS })).board
    })

    it('holds nothing at first', async () => {
      expect(await board.read()).toEqual([])
    })

    it('tells everybody’s rights as they were posted', async () => {
      const limited = rights({ userId: 'ann', sites: ['Hà Nội', 'a "site"'], outBefore: 2 })
      const everywhere = rights({ userId: 'ben', role: 'admin', effect: 'out' })
      await board.post(limited)
      await board.post(everywhere)
      expect(byUser(await board.read())).toEqual([limited, everywhere])
    })

    it('keeps the newest of a user, in whatever order they come', async () => {
      for (const version of [3, 10, 9]) await board.post(rights({ version }))
      expect(await board.read()).toEqual([rights({ version: 10 })])
      await Promise.all([12, 14, 13, 11].map((version) => board.post(rights({ version }))))
      expect(await board.read()).toEqual([rights({ version: 14 })])
    })

    it('takes the first of two postings of one version', async () => {
      await board.post(rights({ role: 'operator' }))
      await board.post(rights({ role: 'user' }))
      expect(await board.read()).toEqual([rights({ role: 'operator' })])
    })

    it('forgets a posting when its time is over, and that one alone', async () => {
      const { board, pass = () => {} } = await create({ lifetimeMs: 1_000 })
      await board.post(rights({ userId: 'ann' }))
      let version = 1
      await until('the older posting is forgotten', async () => {
        pass(100)
        version += 1
        await board.post(rights({ userId: 'ben', version }))
        const users = (await board.read()).map(({ userId }) => userId)
        expect(users).toContain('ben')
        return !users.includes('ann')
      })
    })
  })
}

function byUser(all: UserRights[]): UserRights[] {
  return all.sort((one, other) => (one.userId < other.userId ? -1 : 1))
}

function rights(more: Partial<UserRights> = {}): UserRights {
  return { userId: 'ann', version: 2, role: 'user', effect: 'changed', ...more }
}
