import type { Role } from '@iot/contracts'
import type { NewNotification, NotificationBounds, NotificationStore, UserRow, UserStore } from '@iot/ports'
import { until } from '@iot/testkit'
import { beforeEach, describe, expect, it } from '@jest/globals'

export interface NotificationsUnderTest {
  readonly store: NotificationStore
  /** The users whose notices they are. */
  readonly users: UserStore
}

/** `create` makes an empty store without users. */
export function describeNotificationStore(
  name: string,
  create: (bounds: NotificationBounds) => Promise<NotificationsUnderTest>,
): void {
  describe(`notification store: ${name}`, () => {
    const AMPLE: NotificationBounds = { maxAgeMs: 3_600_000, maxCount: 1_000 }
    let store: NotificationStore
    let users: UserStore
    let ada: UserRow
    let bob: UserRow

    async function addUser(username: string, role: Role): Promise<UserRow> {
      return (await users.create({ username, role, passwordHash: 'x' }))!
    }
    async function add(message: string, more: Partial<NewNotification> = {}): Promise<string> {
      return (await store.add({ type: 'info', message, ...more }))!.id
    }
    async function messagesOf({ id }: UserRow, more: { unread?: boolean; before?: string } = {}) {
      return (await store.list({ userId: id, limit: 100, ...more })).map(({ message }) => message)
    }

    beforeEach(async () => {
      const made = await create(AMPLE)
      store = made.store
      users = made.users
      ada = await addUser('Ada', 'operator')
      bob = await addUser('bob', 'user')
    })

    it('keeps a notice whole, and gives it an id and a time', async () => {
      const begunAt = Date.now() - 60_000
      const notice = { type: 'warning', title: 'Dừng máy', message: '“six”\n& <b>', from: 'root' } as const
      const added = await store.add({ ...notice, to: { role: 'operator' } })
      expect(added).toEqual({
        ...notice,
        to: { role: 'operator' },
        id: expect.stringMatching(/^[1-9][0-9]*$/),
        timestamp: expect.stringMatching(/Z$/),
      })
      expect(Date.parse(added!.timestamp)).toBeGreaterThan(begunAt)
      expect(await store.list({ userId: ada.id, limit: 1 })).toEqual([{ ...added, read: false }])
      const bare = await store.add({ type: 'info', message: 'of the system' })
      expect(Object.keys(bare!).sort()).toEqual(['id', 'message', 'timestamp', 'type'])
    })

    it('gives each user those to everyone, to exactly their role, and to them', async () => {
      const root = await addUser('root', 'admin')
      await add('all')
      await add('operators', { to: { role: 'operator' } })
      await add('users', { to: { role: 'user' } })
      await add('bob alone', { to: { user: 'bob' } })
      expect(await messagesOf(ada)).toEqual(['operators', 'all'])
      expect(await messagesOf(bob)).toEqual(['bob alone', 'users', 'all'])
      expect(await messagesOf(root)).toEqual(['all'])
      expect(await store.unread(bob.id)).toBe(3)
    })

    it('goes by the role that a user has now', async () => {
      await add('operators', { to: { role: 'operator' } })
      await users.update(bob.id, { role: 'operator' })
      expect(await messagesOf(bob)).toEqual(['operators'])
    })

    it('finds a user whatever the case of the name, and says which it is', async () => {
      const added = await store.add({ type: 'info', message: 'hello', to: { user: 'aDA' } })
      expect(added!.to).toEqual({ user: 'Ada' })
      expect((await store.list({ userId: ada.id, limit: 1 }))[0]!.to).toEqual({ user: 'Ada' })
    })

    it('does not add what is for nobody', async () => {
      expect(await store.add({ type: 'info', message: 'x', to: { user: 'nobody' } })).toBeUndefined()
      expect(await messagesOf(ada)).toEqual([])
    })

    it('has nothing for who was made later, nor for who is no user', async () => {
      await add('before')
      await until('a millisecond has gone', () => Date.now() > ada.createdAtMs + 1)
      const later = await addUser('later', 'user')
      await add('after')
      expect(await messagesOf(later)).toEqual(['after'])
      for (const userId of ['nobody', '00000000-0000-4000-8000-000000000000']) {
        expect(await store.list({ userId, limit: 10 })).toEqual([])
        expect(await store.unread(userId)).toBe(0)
        expect(await store.markRead(userId, { upTo: '1', ids: ['1'] })).toBe(0)
      }
    })

    it('forgets what was for a user who is removed, whoever has the name next', async () => {
      await add('to the first bob', { to: { user: 'bob' } })
      await users.remove(bob.id)
      const next = await addUser('bob', 'user')
      expect(await messagesOf(next)).toEqual([])
    })

    it('lists page by page, newest first', async () => {
      const ids = []
      for (const message of ['1', '2', '3', '4', '5']) ids.push(await add(message))
      const first = await store.list({ userId: ada.id, limit: 2 })
      expect(first.map(({ message }) => message)).toEqual(['5', '4'])
      expect(await messagesOf(ada, { before: first[1]!.id })).toEqual(['3', '2', '1'])
      expect([...ids].sort((one, other) => Number(one) - Number(other))).toEqual(ids)
    })

    it('knows what each has read, singly', async () => {
      const [one, two] = [await add('one'), await add('two')]
      const foreign = await add('bob alone', { to: { user: 'bob' } })
      expect(await store.markRead(ada.id, { ids: [one, one, foreign, '999999999'] })).toBe(1)
      expect(await store.markRead(ada.id, { ids: [one] })).toBe(1)
      expect(await messagesOf(ada, { unread: true })).toEqual(['two'])
      expect((await store.list({ userId: ada.id, limit: 9 })).map(({ read }) => read)).toEqual([false, true])
      expect(await store.unread(bob.id)).toBe(3)
      expect(await store.markRead(ada.id, { ids: [two] })).toBe(0)
    })

    it('knows what each has read, up to one', async () => {
      const ids = []
      for (const message of ['1', '2', '3']) ids.push(await add(message))
      await store.markRead(ada.id, { ids: [ids[0]!] })
      expect(await store.markRead(ada.id, { upTo: ids[1]! })).toBe(1)
      // An older one takes nothing back.
      expect(await store.markRead(ada.id, { upTo: ids[0]!, ids: [] })).toBe(1)
      expect(await messagesOf(ada, { unread: true })).toEqual(['3'])
      expect(await store.markRead(ada.id, { upTo: ids[0]!, ids: [ids[2]!] })).toBe(0)
      expect(await store.unread(bob.id)).toBe(3)
    })

    it('never marks what is still to come', async () => {
      await add('now')
      expect(await store.markRead(ada.id, { upTo: '999999999999' })).toBe(0)
      await add('later')
      expect(await messagesOf(ada, { unread: true })).toEqual(['later'])
    })

    it('keeps the newest up to its bound', async () => {
      const made = await create({ ...AMPLE, maxCount: 3 })
      store = made.store
      users = made.users
      ada = await addUser('Ada', 'operator')
      const first = await add('1')
      await store.markRead(ada.id, { ids: [first] })
      for (const message of ['2', '3', '4', '5']) await add(message)
      expect(await messagesOf(ada)).toEqual(['5', '4', '3'])
      expect(await store.unread(ada.id)).toBe(3)
    })

    it('drops what is too old when it is pruned', async () => {
      const made = await create({ ...AMPLE, maxAgeMs: 300 })
      store = made.store
      users = made.users
      ada = await addUser('Ada', 'operator')
      await add('old')
      await store.markRead(ada.id, { ids: [(await store.list({ userId: ada.id, limit: 1 }))[0]!.id] })
      let pruned = 0
      await until('it is dropped', async () => {
        pruned += await store.prune()
        return (await messagesOf(ada)).length === 0
      })
      expect(pruned).toBe(1)
      await add('new')
      expect(await messagesOf(ada)).toEqual(['new'])
    })

    it('gives numbers in one order to notices that are added at once', async () => {
      const ids = await Promise.all(Array.from({ length: 20 }, (_, index) => add(`${index}`)))
      expect(new Set(ids).size).toBe(20)
      expect(await store.unread(ada.id)).toBe(20)
    })
  })
}
