import { serverPid } from '../../e2e/harness/database.js'
import { countStored, startSystem, untilStoredAndShown } from '../harness/bench-system.js'
import { residentMiB, serverMemoryMiB } from '../harness/cpu.js'
import { startLoad } from '../harness/load.js'
import { DEVICES, IN_FLIGHT, READINGS_OF } from '../harness/load-protocol.js'
import { atMost, median, report, round } from '../harness/report.js'

/**
 * Resident memory over a million readings that come as fast as they are taken, which is the worst that devices
 * can do: its resume window, the tail of its log and its queues are as full as they get.
 */
const NODE_TARGET_MIB = 250
const DATABASE_TARGET_MIB = 256
/** From here on it may not grow. */
const FLAT_FROM = 200_000
/** What garbage collection alone moves it by. */
const FLAT_SLACK = 1.1
const READINGS = Number(process.argv[2] ?? 1_000_000)
const STEP = 50_000
const FORM = 'two-readings'
const PAST_MS = 3_600_000

interface Sample {
  readonly readings: number
  readonly nodeMiB: number
  readonly databaseMiB: number
}

const load = startLoad()
const system = await startSystem()
try {
  const pid = system.pid()!
  const server = serverPid(system)!
  await load.connect(system.mqttPort, PAST_MS)
  const samples: Sample[] = []
  for (let readings = STEP; readings <= READINGS; readings += STEP) {
    await load.send(system.mqttPort, FORM, STEP / READINGS_OF[FORM])
    await untilStoredAndShown(system, readings)
    const sample = { readings, nodeMiB: residentMiB(pid), databaseMiB: serverMemoryMiB(server) }
    samples.push(sample)
    console.log(
      `${readings} readings: Node ${round(sample.nodeMiB)} MiB, PostgreSQL ${round(sample.databaseMiB)} MiB`,
    )
  }
  if ((await countStored(system)) !== READINGS) throw new Error('not everything is stored')
  const later = samples.filter(({ readings }) => readings >= FLAT_FROM).map(({ nodeMiB }) => nodeMiB)
  const quarter = Math.ceil(later.length / 4)
  const growth = median(later.slice(-quarter)) / median(later.slice(0, quarter))
  report(
    'memory',
    [
      atMost('Node, MiB resident at the end', later.at(-1)!, NODE_TARGET_MIB),
      atMost(`Node, growth from ${FLAT_FROM} readings on`, growth, FLAT_SLACK),
      atMost(
        'PostgreSQL, MiB in all, at most',
        Math.max(...samples.map(({ databaseMiB }) => databaseMiB)),
        DATABASE_TARGET_MIB,
      ),
    ],
    { load: { devices: DEVICES, inFlight: IN_FLIGHT, readings: READINGS }, samples },
  )
} finally {
  load.end()
  await system.dispose()
}
