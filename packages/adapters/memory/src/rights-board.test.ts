import { describeRightsBoard } from '@iot/conformance'
import { FakeClock } from '@iot/testkit'
import { createMemoryRightsBoard } from './rights-board.js'

describeRightsBoard('in memory', async ({ lifetimeMs }) => {
  const clock = new FakeClock()
  return { board: createMemoryRightsBoard({ clock, lifetimeMs }), pass: (ms) => clock.advance(ms) }
})
