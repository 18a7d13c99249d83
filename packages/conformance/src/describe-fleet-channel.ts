import type { FleetChannel, FleetMessage } from '@iot/ports'
import { until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

export interface ChannelUnderTest {
  readonly channel: FleetChannel
  /** The same channel as another process sees it; in memory there is one process. */
  readonly other: FleetChannel
  /** Messages that were left out since it was made. */
  refused(): Promise<number>
  close(): Promise<void>
}

const NOTIFICATION = {
  kind: 'notification',
  notification: {
    id: '7',
    type: 'warning',
    title: 'Dừng máy',
    message: 'Line 2 stops at “six”',
    timestamp: '2026-01-01T00:00:00.000Z',
    from: 'ada',
    to: { role: 'operator' },
  },
} as const satisfies FleetMessage
const READ: FleetMessage = {
  kind: 'notifications-read',
  userId: 'u1',
  ids: ['1', '2'],
  upTo: '2',
  unread: 3,
}
const RIGHTS: FleetMessage = {
  kind: 'rights',
  rights: { userId: 'u1', version: 4, role: 'user', sites: ['north'], effect: 'changed' },
}
const CLOSE: FleetMessage = { kind: 'close', userId: 'u1', reason: 'an administrator closed it' }
const ALL = [NOTIFICATION, READ, RIGHTS, CLOSE]

/** `create` makes a channel that nobody else speaks on. */
export function describeFleetChannel(name: string, create: () => Promise<ChannelUnderTest>): void {
  describe(`fleet channel: ${name}`, () => {
    let made: ChannelUnderTest
    let heard: FleetMessage[]
    beforeEach(async () => {
      made = await create()
      heard = []
    })
    afterEach(() => made.close())

    it('brings every kind of word to every listener, the sender’s included, as it was sent', async () => {
      const alsoHeard: FleetMessage[] = []
      made.channel.listen((message) => void heard.push(message))
      made.other.listen((message) => void alsoHeard.push(message))
      for (const message of ALL) await made.channel.send(message)
      await until('both have heard all', () => heard.length === 4 && alsoHeard.length === 4)
      const byKind = (messages: FleetMessage[]) => new Map(messages.map((one) => [one.kind, one]))
      expect(byKind(heard)).toEqual(byKind(ALL))
      expect(byKind(alsoHeard)).toEqual(byKind(ALL))
    })

    it('keeps the order of one sender’s words of a kind', async () => {
      made.other.listen((message) => void heard.push(message))
      const sent = Array.from({ length: 50 }, (_, index) => ({ ...CLOSE, reason: `${index}` }))
      for (const message of sent) await made.channel.send(message)
      await until('all are heard', () => heard.length === 50)
      expect(heard).toEqual(sent)
    })

    it('calls nobody before the sender goes on', async () => {
      made.channel.listen((message) => void heard.push(message))
      const sending = made.channel.send(CLOSE)
      const heardBefore = heard.length
      await sending
      await until('it is heard', () => heard.length === 1)
      expect(heardBefore).toBe(0)
    })

    it('tells the others when a listener throws', async () => {
      made.channel.listen(() => {
        throw new Error('of a test')
      })
      made.channel.listen((message) => void heard.push(message))
      await made.channel.send(CLOSE)
      await made.channel.send(READ)
      await until('both are heard', () => heard.length === 2)
    })

    it('no longer tells who has stopped listening, and still tells who listens with the same function', async () => {
      const listener = (message: FleetMessage) => void heard.push(message)
      const stop = made.channel.listen(listener)
      made.channel.listen(listener)
      stop()
      stop()
      await made.channel.send(CLOSE)
      await until('it is heard', () => heard.length > 0)
      await made.channel.send(READ)
      await until('the next is heard', () => heard.some(({ kind }) => kind === 'notifications-read'))
      expect(heard).toEqual([CLOSE, READ])
    })

    it('leaves out what does not fit the contract, counts it, and goes on', async () => {
      made.channel.listen((message) => void heard.push(message))
      const strange: unknown[] = [
        { kind: 'close' },
        { kind: 'rights', rights: { userId: 'u1' } },
        { kind: 'notification', notification: { ...NOTIFICATION.notification, message: 'x'.repeat(2_001) } },
        { kind: 'close', reason: 'x'.repeat(100_000) },
      ]
      for (const message of strange) await made.channel.send(message as FleetMessage)
      await until('they are counted', async () => (await made.refused()) === strange.length)
      await made.channel.send(CLOSE)
      await until('the good one is heard', () => heard.length > 0)
      expect(heard).toEqual([CLOSE])
    })
  })
}
