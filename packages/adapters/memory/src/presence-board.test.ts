import { describePresenceBoard } from '@iot/conformance'
import { FakeClock } from '@iot/testkit'
import { createMemoryPresenceBoard } from './presence-board.js'

describePresenceBoard('in memory', async (times) => {
  const clock = new FakeClock()
  return { board: createMemoryPresenceBoard({ clock, ...times }), pass: (ms) => clock.advance(ms) }
})
