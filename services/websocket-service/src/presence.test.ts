import { createMemoryPresenceBoard } from '@iot/adapter-memory'
import { type PresenceBoard, StoreUnavailable } from '@iot/ports'
import { FakeClock, until } from '@iot/testkit'
import { startHarness } from './testing/harness.js'
import { createInProcessRelay } from './testing/in-process-relay.js'
import { describePresence } from './testing/presence-cases.js'

describePresence('in memory', async ({ perUser = 50, perAddress = 1_000 } = {}) => {
  const clock = new FakeClock(Date.now())
  const board = createMemoryPresenceBoard({ clock })
  const relay = createInProcessRelay()
  const config = {
    SOCKET_MAX_CONNECTIONS_PER_USER: perUser,
    SOCKET_MAX_CONNECTIONS_PER_ADDRESS: perAddress,
  }
  let isCut = false
  let reports = 0
  let reporters = 2
  /** As `board` is to the second replica, until it dies. */
  const cuttable: PresenceBoard = {
    ...board,
    report: (report) => (isCut ? Promise.reject(new StoreUnavailable('cut off')) : board.report(report)),
    withdraw: (replica) => (isCut ? Promise.resolve() : board.withdraw(replica)),
  }
  const counted = (of: PresenceBoard): PresenceBoard => ({
    ...of,
    async report(report) {
      const news = await of.report(report)
      reports += 1
      return news
    },
  })
  const shared = { clock, relay, config }
  const one = await startHarness({ ...shared, presence: counted(board), instance: 'one' })
  const other = await startHarness({ ...shared, presence: counted(cuttable), instance: 'other' })
  return {
    replicas: [one, other],
    board,
    /** In steps that no living replica is silent for. */
    async pass(ms) {
      for (let leftMs = ms; leftMs > 0; leftMs -= 5_000) {
        clock.advance(Math.min(5_000, leftMs))
        const seen = reports
        await until('the replicas have reported', () => reports >= seen + 2 * reporters)
      }
    },
    async kill() {
      isCut = true
      reporters = 1
      await other.stop()
    },
    async close() {
      await one.stop()
      if (!isCut) await other.stop()
    },
  }
})
