import { describeServiceRegistry } from '@iot/conformance'
import { FakeClock } from '@iot/testkit'
import { createMemoryServiceRegistry } from './service-registry.js'

describeServiceRegistry('in memory', async ({ ttlMs }) => {
  const clock = new FakeClock()
  return { registry: createMemoryServiceRegistry({ clock, ttlMs }), pass: (ms) => clock.advance(ms) }
})
