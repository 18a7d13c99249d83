import { describe, expect, it } from '@jest/globals'
import type { Subscription } from '../rooms/subscription.js'
import { assignLanes, laneOf } from './lanes.js'

function wish(deviceId: string | undefined, everyTicks: number, latest: boolean): Subscription {
  return { deviceId, batch: { everyTicks, latest } } as Subscription
}

const begin = { cursor: 7, upTo: '{}' }

describe('lanes', () => {
  it('put every reading into one lane: complete before latest, the shorter window before the longer', () => {
    const lanes = assignLanes(
      [
        wish(undefined, 10, true),
        wish('a', 5, true),
        wish('a', 2, false),
        wish('b', 5, true),
        wish('c', 3, false),
        wish('d', 20, true),
      ],
      begin,
    )
    expect(lanes.map(({ latest, everyTicks, all }) => ({ latest, everyTicks, all }))).toEqual([
      { latest: false, everyTicks: 2, all: false },
      { latest: true, everyTicks: 5, all: false },
      { latest: true, everyTicks: 10, all: true },
    ])
    expect(['a', 'b', 'c', 'd', 'z'].map((id) => lanes.indexOf(laneOf(lanes, id)!))).toEqual([0, 1, 0, 2, 2])
    for (const id of ['a', 'b', 'c', 'd', 'z']) {
      const having = lanes.filter((lane) => lane.devices.has(id) || (lane.all && !lane.except.has(id)))
      expect(having).toHaveLength(1)
    }
  })

  it('let a complete one of all devices take everything', () => {
    const lanes = assignLanes([wish('a', 1, true), wish(undefined, 2, false), wish('b', 1, false)], begin)
    expect(lanes).toHaveLength(1)
    expect(lanes[0]).toMatchObject({ all: true, latest: false, everyTicks: 1, cursor: 7 })
  })

  it('keep their place when they are assigned anew', () => {
    const [lane] = assignLanes([wish('a', 1, false)], begin)
    lane!.cursor = 99
    expect(assignLanes([wish('a', 1, false), wish('b', 1, false)], begin, [lane!])[0]).toMatchObject({
      cursor: 99,
    })
  })
})
