import { createMemoryPresenceBoard } from '@iot/adapter-memory'
import { StoreUnavailable } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { FakeClock } from '@iot/testkit'
import { describe, expect, it } from '@jest/globals'
import { PlaceCounts } from './place-counts.js'
import { createPlaces, type PlacesDeps } from './places.js'

const ADA = { user: 'ada', address: '10.0.0.1' }
const LIMITS = { perUser: 2, perAddress: 3 }

/** Places of a replica that the board knows. */
async function placesOf(replica: string, board = openBoard(), more: Partial<PlacesDeps> = {}) {
  await board.report({
    replica,
    since: '2026-01-01T00:00:00.000Z',
    readingsPerMinute: 0,
    isWhole: true,
    places: [],
    users: [],
    opened: [],
    closed: [],
  })
  const counts = new PlaceCounts()
  const places = createPlaces({
    board,
    counts,
    replica,
    limits: LIMITS,
    logger: silentLogger(),
    onLeave: () => {},
    ...more,
  })
  return { places, counts }
}

function openBoard() {
  return createMemoryPresenceBoard({ clock: new FakeClock() })
}

describe('places over the fleet', () => {
  it('are counted for a user on all replicas together', async () => {
    const board = openBoard()
    const one = await placesOf('one', board)
    const other = await placesOf('other', board)
    expect((await one.places.take(ADA)).ok).toBe(true)
    expect((await other.places.take(ADA)).ok).toBe(true)
    expect(await other.places.take(ADA)).toEqual({ ok: false, reached: 'user', limit: 2 })
    expect(other.counts.get({ of: 'user', id: 'ada' })).toBe(1)
  })

  it('are counted for an address, a /64 where it is IPv6, whoever comes from it', async () => {
    const { places } = await placesOf('one')
    for (const [n, user] of ['ada', 'bob', 'cid'].entries()) {
      expect((await places.take({ user, address: `2001:db8::${n + 1}` })).ok).toBe(true)
    }
    expect(await places.take({ user: 'dan', address: '2001:db8::9' })).toEqual({
      ok: false,
      reached: 'address',
      limit: 3,
    })
    expect((await places.take({ user: 'dan', address: '2001:db8:0:1::9' })).ok).toBe(true)
  })

  it('are not exceeded by handshakes that run at once', async () => {
    const { places, counts } = await placesOf('one')
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => places.take(ADA)))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(2)
    expect(counts.get({ of: 'user', id: 'ada' })).toBe(2)
  })

  it('are given back once', async () => {
    let left = 0
    const { places, counts } = await placesOf('one', openBoard(), { onLeave: () => (left += 1) })
    const first = await places.take(ADA)
    await places.take(ADA)
    if (!first.ok) throw new Error('the first place was refused')
    first.leave()
    first.leave()
    expect(left).toBe(1)
    expect(counts.get({ of: 'user', id: 'ada' })).toBe(1)
    expect(counts.takeChanged(10)).toEqual([
      { of: 'user', id: 'ada', count: 1 },
      { of: 'address', id: '10.0.0.1', count: 1 },
    ])
  })

  it('hold for what this replica has while the board is away', async () => {
    const board = {
      takePlace: async () => {
        throw new StoreUnavailable('away')
      },
    }
    const { places } = await placesOf('one', openBoard(), { board })
    expect((await places.take(ADA)).ok).toBe(true)
    expect((await places.take(ADA)).ok).toBe(true)
    expect(await places.take(ADA)).toEqual({ ok: false, reached: 'user', limit: 2 })
  })
})
