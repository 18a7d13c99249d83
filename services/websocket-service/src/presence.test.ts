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
  /** of each replica that lives */
  const reports = new Map<string, number>()
  /** As `board` is to the second replica, until it dies. */
  const cuttable: PresenceBoard = {
    ...board,
    report: (report) => (isCut ? Promise.reject(new StoreUnavailable('cut off')) : board.report(report)),
    withdraw: (replica) => (isCut ? Promise.resolve() : board.withdraw(replica)),
  }
  async function allReport(): Promise<void> {
    const seen = new Map(reports)
    const hasReported = (replica: string) => reports.get(replica)! >= seen.get(replica)! + 2
    await until('every replica has reported', () => [...seen.keys()].every(hasReported))
  }
  const counted = (of: PresenceBoard): PresenceBoard => ({
    ...of,
    async report(report) {
      const news = await of.report(report)
      reports.set(report.replica, (reports.get(report.replica) ?? 0) + 1)
      return news
    },
  })
  // Time goes by in steps of reports, so they come often.
  const shared = { clock, relay, config, presenceBeatMs: 50 }
  const one = await startHarness({ ...shared, presence: counted(board), instance: 'one' })
  const other = await startHarness({ ...shared, presence: counted(cuttable), instance: 'other' })
  return {
    replicas: [one, other],
    board,
    /** In steps that no living replica is silent for, from when what has happened so far is told. */
    async pass(ms) {
      await allReport()
      for (let leftMs = ms; leftMs > 0; leftMs -= 5_000) {
        clock.advance(Math.min(5_000, leftMs))
        await allReport()
      }
    },
    async kill() {
      isCut = true
      await other.stop()
      reports.delete('other')
    },
    async close() {
      await one.stop()
      if (!isCut) await other.stop()
    },
  }
})
