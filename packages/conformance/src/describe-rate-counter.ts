import type { RateCounter } from '@iot/ports'
import { FakeClock, until } from '@iot/testkit'
import { beforeEach, describe, expect, it } from '@jest/globals'

/** `create` makes an empty counter; one that can't be given a clock says so by `ownTime`. */
export function describeRateCounter(
  name: string,
  create: (clock: FakeClock) => Promise<RateCounter>,
  options: { readonly ownTime?: boolean } = {},
): void {
  describe(`rate counter: ${name}`, () => {
    let clock: FakeClock
    let counter: RateCounter
    beforeEach(async () => {
      clock = new FakeClock()
      counter = await create(clock)
    })

    it('counts each key by itself', async () => {
      await counter.hit('a', 1_000)
      expect((await counter.hit('a', 1_000)).count).toBe(2)
      expect((await counter.hit('b', 1_000)).count).toBe(1)
      expect((await counter.hit('b', 1_000, 5)).count).toBe(6)
    })

    if (options.ownTime) tellsItsOwnTime(() => counter)
    else tellsTheClocksTime(() => ({ counter, clock }))

    it('looks without counting, and clears', async () => {
      await counter.hit('a', 1_000)
      expect((await counter.peek('a')).count).toBe(1)
      expect((await counter.peek('a')).count).toBe(1)
      await counter.clear('a')
      expect(await counter.peek('a')).toEqual({ count: 0, resetsInMs: 0 })
    })
  })
}

function tellsTheClocksTime(under: () => { counter: RateCounter; clock: FakeClock }): void {
  it('says when the window ends, and begins anew after it', async () => {
    const { counter, clock } = under()
    expect((await counter.hit('a', 1_000)).resetsInMs).toBe(1_000)
    clock.advance(400)
    expect(await counter.hit('a', 1_000)).toEqual({ count: 2, resetsInMs: 600 })
    clock.advance(600)
    expect(await counter.hit('a', 1_000)).toEqual({ count: 1, resetsInMs: 1_000 })
  })
}

function tellsItsOwnTime(under: () => RateCounter): void {
  it('says when the window ends, which no hit puts off, and begins anew after it', async () => {
    const windowMs = 300
    const begunAt = performance.now()
    let { resetsInMs: earlier } = await under().hit('a', windowMs)
    expect(earlier).toBeGreaterThan(0)
    expect(earlier).toBeLessThanOrEqual(windowMs)
    let hits = 1
    await until('the window has ended', async () => {
      const { count, resetsInMs } = await under().hit('a', windowMs)
      hits += 1
      if (count === 1) return true
      expect(count).toBe(hits)
      expect(resetsInMs).toBeLessThanOrEqual(earlier)
      earlier = resetsInMs
      return false
    })
    expect(performance.now() - begunAt).toBeGreaterThanOrEqual(windowMs - 5)
  })
}
