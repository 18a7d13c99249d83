import { PARTITIONS, partitionOf } from '@iot/contracts'
import { systemClock } from '@iot/ports'
import { describe, expect, it } from '@jest/globals'
import { createSubscription, subscriptionKey } from '../rooms/subscription.js'
import { createSession, type Session } from '../sessions/session.js'
import { fakeLink } from '../testing/fake-link.js'
import { Heads } from '../window/heads.js'
import { POSITIONS_TICKS, PositionsBeat } from './positions-beat.js'
import { Tally } from './tally.js'

function setUp() {
  const heads = new Heads('e')
  const beat = new PositionsBeat({ heads, tally: new Tally(systemClock) })
  /** A session with a subscription, and what is written to it. */
  function join(deviceId?: string): { session: Session; written: string[] } {
    const written: string[] = []
    const session = createSession(
      fakeLink({ write: ({ frames }) => void written.push(...frames.map(({ text }) => text)) }),
      {
        user: { id: 'id', username: 'ada', role: 'user' },
        userVersion: 0,
        isAnonymous: false,
        address: '::1',
        expiresAtMs: Number.POSITIVE_INFINITY,
      },
      { backlogBytes: 1_000, messagesPerSecond: 50, nowMs: 0 },
    )
    const kind = deviceId === undefined ? 'all-devices' : 'device'
    session.subscriptions.set(subscriptionKey(kind, deviceId), createSubscription(session, kind, deviceId))
    beat.add(session)
    return { session, written }
  }
  const turn = () => {
    for (let tick = 0; tick < POSITIONS_TICKS; tick++) beat.tick(tick)
  }
  return { heads, beat, join, turn }
}

describe('the beat of positions', () => {
  it('tells each client once in 10 s how far everything was sent', () => {
    const { heads, beat, join, turn } = setUp()
    const clients = Array.from({ length: 250 }, () => join())
    heads.set('readings', 3, 17)
    beat.add(clients[0]!.session)
    turn()
    for (const { written } of clients) {
      expect(written).toEqual(['2["positions",{"epoch":"e","readings":{"3":17},"status":{},"alerts":{}}]'])
    }
    beat.remove(clients[1]!.session)
    turn()
    expect(clients.slice(0, 3).map(({ written }) => written.length)).toEqual([2, 1, 2])
  })

  it('waits for subscriptions that are not answered, and for clients that lag', () => {
    const { join, turn } = setUp()
    const [joining, lagging] = [join(), join()]
    joining.session.joining.set('device:d', Symbol('d'))
    lagging.session.outbox.lagsFrom = 0
    turn()
    expect([...joining.written, ...lagging.written]).toEqual([])
    joining.session.joining.clear()
    lagging.session.outbox.lagsFrom = undefined
    turn()
    expect([joining.written.length, lagging.written.length]).toEqual([1, 1])
  })

  it('does not count what waits in an open batch window as sent', () => {
    const { heads, join, turn } = setUp()
    const { session, written } = join()
    const lane = {
      everyTicks: 1,
      latest: false,
      all: true,
      devices: new Set<string>(),
      except: new Set<string>(),
    }
    session.lanes = [
      { ...lane, cursor: 9, upTo: '"readings":"of nine"' },
      { ...lane, cursor: 5, upTo: '"readings":"of five"' },
    ]
    session.alertLane = { everyTicks: 1, cursor: 3, upTo: '"alerts":"of three"' }
    heads.set('readings', 0, 12)
    heads.set('alerts', 0, 7)
    turn()
    const told = '{"epoch":"e","readings":"of five","status":{},"alerts":"of three"}'
    expect(written).toEqual([`2["positions",${told}]`])
  })

  it('counts status changes as sent, which wait for no batch window', () => {
    const { heads, join, turn } = setUp()
    const { session, written } = join()
    heads.set('readings', 0, 4)
    session.lanes = [
      {
        everyTicks: 1,
        latest: false,
        all: true,
        devices: new Set(),
        except: new Set(),
        cursor: 5,
        upTo: heads.textOf('readings'),
      },
    ]
    heads.set('readings', 0, 12)
    heads.set('status', 2, 68)
    turn()
    expect(written).toEqual(['2["positions",{"epoch":"e","readings":{"0":4},"status":{"2":68},"alerts":{}}]'])
  })

  it('tells of lost events whom they may concern', () => {
    const { beat, join } = setUp()
    const partition = partitionOf('d1', PARTITIONS)
    const elsewhere = ['d2', 'd3', 'd4', 'd5'].find((id) => partitionOf(id, PARTITIONS) !== partition)!
    const [all, own, foreign] = [join(), join('d1'), join(elsewhere)]
    beat.resync({ kind: 'readings', partition })
    const told = `2["resync",{"epoch":"e","kind":"readings","partition":${partition}}]`
    expect([all.written, own.written, foreign.written]).toEqual([[told], [told], []])
    beat.resync()
    expect(foreign.written).toEqual(['2["resync",{"epoch":"e"}]'])
  })

  it('tells of lost alerts those who get alerts', () => {
    const { beat, join } = setUp()
    const partition = partitionOf('d1', PARTITIONS)
    const [all, own] = [join(), join('d1')]
    beat.resync({ kind: 'alerts', partition })
    expect(own.written).toEqual([`2["resync",{"epoch":"e","kind":"alerts","partition":${partition}}]`])
    expect(all.written).toEqual([])
  })
})
