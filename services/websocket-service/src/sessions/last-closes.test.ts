import type { FleetMessage } from '@iot/contracts'
import { silentLogger } from '@iot/runtime'
import { describe, expect, it } from '@jest/globals'
import { createLastCloses, type LastCloses } from './last-closes.js'

/** Replicas that hear each other, themselves included, some time later: when `deliver` is called. */
function setUp(replicas = 2) {
  const words: Extract<FleetMessage, { kind: 'last-close' }>[] = []
  const send = async (message: FleetMessage) => void words.push(message as (typeof words)[number])
  const all = Array.from({ length: replicas }, () =>
    createLastCloses({ channel: { send }, logger: silentLogger() }),
  )
  const deliver = () => {
    for (const word of words.splice(0)) for (const one of all) one.heed(word, 0)
  }
  return { all: all as [LastCloses, LastCloses], deliver }
}

describe('what is remembered of closed sessions', () => {
  it('is told once, the newest, and not after ten minutes', () => {
    const [closes] = setUp().all
    closes.note('ada', 'idle', 0)
    closes.note('ada', 'slow consumer', 1)
    closes.note('grace', 'idle', 0)
    expect(closes.take('ada', 2)).toBe('slow consumer')
    expect(closes.take('ada', 2)).toBeUndefined()
    expect(closes.take('grace', 600_001)).toBeUndefined()
  })

  it('is told by whichever replica the user comes to, and by no other after that', () => {
    const { all, deliver } = setUp()
    all[0].note('ada', 'slow consumer', 0)
    deliver()
    expect(all[1].take('ada', 1)).toBe('slow consumer')
    deliver()
    expect(all.map((one) => one.take('ada', 2))).toEqual([undefined, undefined])
  })

  it('is told once also where the user is back before the words are', () => {
    const { all, deliver } = setUp()
    all[0].note('ada', 'slow consumer', 0)
    expect(all[0].take('ada', 1)).toBe('slow consumer')
    deliver()
    expect(all.map((one) => one.take('ada', 2))).toEqual([undefined, undefined])
  })

  it('is bounded: the oldest note goes', () => {
    const [closes] = setUp().all
    for (let user = 0; user <= 10_000; user++) closes.note(`user ${user}`, 'idle', 0)
    expect(closes.take('user 0', 0)).toBeUndefined()
    expect(closes.take('user 1', 0)).toBe('idle')
  })

  it('stays where it was noted while the channel is away', async () => {
    const send = () => Promise.reject(new Error('away'))
    const closes = createLastCloses({ channel: { send }, logger: silentLogger() })
    closes.note('ada', 'idle', 0)
    await Promise.resolve()
    expect(closes.take('ada', 0)).toBe('idle')
  })
})
