import { describeRateCounter } from '@iot/conformance'
import { FakeClock } from '@iot/testkit'
import { expect, it } from '@jest/globals'
import { createMemoryRateCounter } from './rate-counter.js'

describeRateCounter('memory', async (clock) => createMemoryRateCounter({ clock }))

it('forgets the oldest key rather than grow beyond its bound', async () => {
  const counter = createMemoryRateCounter({ clock: new FakeClock(), maxKeys: 3 })
  for (const key of ['a', 'b', 'c', 'd']) await counter.hit(key, 1_000)
  expect((await counter.peek('a')).count).toBe(0)
  for (const key of ['b', 'c', 'd']) expect((await counter.peek(key)).count).toBe(1)
})
