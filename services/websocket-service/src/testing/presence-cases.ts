import type { ConnectionFigures, UserPresence } from '@iot/contracts'
import type { PresenceBoard } from '@iot/ports'
import { until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { Client, Harness } from './harness.js'

/** Two replicas on one board, and how the second dies without a word. */
export interface PresenceFleet {
  readonly replicas: readonly [Harness, Harness]
  readonly board: PresenceBoard
  /** Lets time go by until so much has passed for the board. */
  pass(ms: number): Promise<void>
  kill(): Promise<void>
  close(): Promise<void>
}

const bodiesOf = (client: Client, event: string) => client.bodies(event) as unknown as UserPresence[]
const namesOf = (client: Client, event: string) => bodiesOf(client, event).map(({ username }) => username)

/** What people see of presence over two real replicas, with stock clients. */
export function describePresence(
  name: string,
  open: (config?: { perUser?: number; perAddress?: number }) => Promise<PresenceFleet>,
): void {
  describe(`presence over two replicas: ${name}`, () => {
    let fleet: PresenceFleet | undefined
    afterEach(async () => {
      await fleet?.close()
      fleet = undefined
    })

    async function openAdmins(): Promise<{ fleet: PresenceFleet; admins: [Client, Client] }> {
      fleet = await open()
      const [one, other] = fleet.replicas
      const admins: [Client, Client] = [
        await one.connect({ user: 'root', role: 'admin' }),
        await other.connect({ user: 'root', role: 'admin' }),
      ]
      await until('both administrators are counted', async () => {
        const { connections } = await fleet!.board.figures()
        return connections === 2
      })
      return { fleet, admins }
    }

    it('tells administrators everywhere of a user once, who comes by tabs on both', async () => {
      const { fleet, admins } = await openAdmins()
      const tabs = [
        await fleet.replicas[0].connect({ user: 'ada' }),
        await fleet.replicas[1].connect({ user: 'ada' }),
        await fleet.replicas[1].connect({ user: 'ada' }),
      ]
      const watcher = tabs[0]!
      await fleet.replicas[1].connect({ user: 'marker' })
      for (const admin of admins) {
        await until('the marker is announced', () => namesOf(admin, 'user:joined').includes('marker'))
        expect(namesOf(admin, 'user:joined').filter((one) => one !== 'root')).toEqual(['ada', 'marker'])
        expect(bodiesOf(admin, 'user:joined').find(({ username }) => username === 'ada')).toEqual({
          userId: 'id-of-ada',
          username: 'ada',
          role: 'user',
          timestamp: expect.stringMatching(/Z$/),
        })
      }
      expect(watcher.bodies('user:joined')).toEqual([])

      for (const tab of tabs) tab.socket.disconnect()
      await until('all tabs are gone', async () => (await fleet.board.figures()).connections === 3)
      await fleet.pass(11_000)
      for (const admin of admins) {
        await until('ada has left', () => namesOf(admin, 'user:left').includes('ada'))
        expect(namesOf(admin, 'user:left')).toEqual(['ada'])
      }
    }, 60_000)

    it('takes the users of a replica that dies with it, but not who comes back elsewhere', async () => {
      const { fleet, admins } = await openAdmins()
      await fleet.replicas[1].connect({ user: 'ada' })
      await fleet.replicas[1].connect({ user: 'bob' })
      await until('all are counted', async () => (await fleet.board.figures()).users === 3)
      await fleet.kill()
      await fleet.replicas[0].connect({ user: 'bob' })
      await until(
        'bob is back',
        async () => (await fleet.board.list({ limit: 10, replica: 'one' })).length === 2,
      )
      await fleet.pass(25_000)
      await until('ada has left', () => namesOf(admins[0], 'user:left').includes('ada'))
      expect(namesOf(admins[0], 'user:left')).toEqual(['ada'])
      const { replicas, users } = await fleet.board.figures()
      expect({ replicas: replicas.map(({ replica }) => replica), users }).toEqual({
        replicas: ['one'],
        users: 2,
      })
      expect((await fleet.board.activity()).filter(({ kind }) => kind === 'left')).toHaveLength(1)
    }, 90_000)

    it('answers with the same figures everywhere, and tells administrators when they change', async () => {
      const { fleet, admins } = await openAdmins()
      const ada = await fleet.replicas[0].connect({ user: 'ada' })
      const bob = await fleet.replicas[1].connect({ user: 'bob' })
      for (const client of [ada, bob]) {
        const figures = await until(
          'the figures are known here',
          async () => {
            const { status } = (await client.call('request:status')) as { status?: ConnectionFigures }
            return status?.connections === 4 && status.users === 3 && status
          },
          { everyMs: 100 },
        )
        expect(figures).toMatchObject({ replicas: 2 })
      }
      for (const admin of admins) {
        await until('the administrator is told', () =>
          (admin.bodies('status:update') as unknown as ConnectionFigures[]).some(
            ({ connections, users, replicas }) => connections === 4 && users === 3 && replicas === 2,
          ),
        )
      }
      const found = await until('the connection is listed', () => fleet.board.find(ada.socket.id!))
      expect(found).toMatchObject({
        username: 'ada',
        replica: 'one',
        address: '127.0.0.1',
        transport: 'websocket',
      })
      await ada.call('subscribe-all-devices')
      const busy = await until('the subscription is listed', async () => {
        const now = await fleet.board.find(ada.socket.id!)
        return now?.subscriptions === 1 && now
      })
      expect(busy.traffic.framesSent).toBeGreaterThanOrEqual(2)
      expect(busy.traffic.bytesSent).toBeGreaterThan(100)
      expect(busy.traffic.bytesReceived).toBeGreaterThan(0)
    }, 60_000)

    it('gives a user, and an address, no more places than the fleet has for them', async () => {
      fleet = await open({ perUser: 2, perAddress: 4 })
      const [one, other] = fleet.replicas
      await until('both replicas are known', async () => (await fleet!.board.figures()).replicas.length === 2)
      const first = await one.connect({ user: 'ada' })
      await other.connect({ user: 'ada' })
      const full = (await (await one.open({ user: 'ada' })).next('connect_error')) as unknown as RefusedError
      expect(full.data.code).toBe('TOO_MANY_CONNECTIONS')
      expect(full.data.retryAfterMs).toBeGreaterThan(0)
      await one.connect({ user: 'bob' })
      await other.connect({ user: 'cid' })
      const crowded = (await (
        await other.open({ user: 'dan' })
      ).next('connect_error')) as unknown as RefusedError
      expect(crowded.message).toContain('address')
      expect(crowded.data.code).toBe('TOO_MANY_CONNECTIONS')
      first.socket.disconnect()
      await until('the place is free on the other replica', async () => {
        const again = await other.open({ user: 'ada' })
        return new Promise((resolve) => {
          again.socket.once('connect', () => resolve(true))
          again.socket.once('connect_error', () => resolve(false))
        })
      })
    }, 60_000)
  })
}

interface RefusedError extends Error {
  readonly data: { readonly code: string; readonly retryAfterMs: number }
}
