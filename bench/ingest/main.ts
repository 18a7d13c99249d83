import { serverPid } from '../../e2e/harness/database.js'
import { countStored, startSystem, untilStoredAndShown } from '../harness/bench-system.js'
import { end, heard, start } from '../harness/child.js'
import { cpuMicros, serverCpuMicros } from '../harness/cpu.js'
import { startLoad } from '../harness/load.js'
import { DEVICES, type Form, IN_FLIGHT, READINGS_OF } from '../harness/load-protocol.js'
import { atLeast, atMost, median, report, round } from '../harness/report.js'

/**
 * 50 devices, QoS 1, 20 in flight each, to the stored reading, against bare aedes that does nothing with what
 * it gets; alternating runs, judged by the median of the ratios of pairs. Our CPU is that of the Node process
 * and of every PostgreSQL process, until the last reading is stored and shown. Messages of two readings, which
 * are twice the work behind the door, are measured beside it.
 */
const CPU_TARGET = 4
const RATE_TARGET = 0.4
const PAIRS = Number(process.argv[2] ?? 6)
const MESSAGES = Number(process.argv[3] ?? 400_000)
const WARM_UP_RUNS = 2
/** The first message is this old: far from what counts as a clock that is wrong. */
const PAST_MS = 3_600_000

interface Side {
  /** messages per second; for us until they are stored */
  readonly rate: number
  /** µs per message */
  readonly cpu: number
}

interface Ours extends Side {
  readonly node: number
  readonly database: number
}

interface Pair {
  readonly ours: Ours
  readonly bare: Side
}

const load = startLoad()
const bare = start(new URL('./bare-aedes.ts', import.meta.url))
const system = await startSystem()
const server = serverPid(system)!
let readings = 0

async function runOurs(form: Form): Promise<Ours> {
  const pid = system.pid()!
  const before = { node: cpuMicros(pid), database: serverCpuMicros(server) }
  const begin = performance.now()
  await load.send(system.mqttPort, form, MESSAGES)
  readings += MESSAGES * READINGS_OF[form]
  await untilStoredAndShown(system, readings)
  const rate = MESSAGES / ((performance.now() - begin) / 1_000)
  const node = (cpuMicros(pid) - before.node) / MESSAGES
  const database = (serverCpuMicros(server) - before.database) / MESSAGES
  return { rate, node, database, cpu: node + database }
}

async function runBare(port: number, form: Form): Promise<Side> {
  const before = cpuMicros(bare.pid!)
  const seconds = await load.send(port, form, MESSAGES)
  return { rate: MESSAGES / seconds, cpu: (cpuMicros(bare.pid!) - before) / MESSAGES }
}

async function runPair(port: number, form: Form, oursFirst: boolean): Promise<Pair> {
  if (oursFirst) return { ours: await runOurs(form), bare: await runBare(port, form) }
  const floor = await runBare(port, form)
  return { ours: await runOurs(form), bare: floor }
}

async function compare(port: number, form: Form, count: number): Promise<Pair[]> {
  const pairs: Pair[] = []
  for (let pair = 0; pair < count; pair++) {
    const { ours, bare } = await runPair(port, form, pair % 2 === 0)
    pairs.push({ ours, bare })
    console.log(
      `${form}: ours ${round(ours.node)} + ${round(ours.database)} µs, ${round(ours.rate)}/s; bare ${round(bare.cpu)} µs, ${round(bare.rate)}/s; ${round(ours.cpu / bare.cpu)}x`,
    )
  }
  return pairs
}

function summary(pairs: readonly Pair[]) {
  return {
    cpuRatio: median(pairs.map(({ ours, bare }) => ours.cpu / bare.cpu)),
    rateRatio: median(pairs.map(({ ours, bare }) => ours.rate / bare.rate)),
    nodeMicros: median(pairs.map(({ ours }) => ours.node)),
    databaseMicros: median(pairs.map(({ ours }) => ours.database)),
    bareMicros: median(pairs.map(({ bare }) => bare.cpu)),
    rate: median(pairs.map(({ ours }) => ours.rate)),
    bareRate: median(pairs.map(({ bare }) => bare.rate)),
    pairs,
  }
}

try {
  const { port } = await heard<{ kind: 'listening'; port: number }, 'listening'>(bare, 'listening')
  for (const one of [port, system.mqttPort]) await load.connect(one, PAST_MS)
  for (let run = 0; run < WARM_UP_RUNS; run++) await runPair(port, 'one-reading', true)
  const one = summary(await compare(port, 'one-reading', PAIRS))
  const two = summary(await compare(port, 'two-readings', Math.ceil(PAIRS / 2)))
  const stored = await countStored(system)
  if (stored !== readings) throw new Error(`${stored} stored of ${readings}`)
  report(
    'ingest',
    [
      atMost('CPU per message, × bare aedes', one.cpuRatio, CPU_TARGET),
      atLeast('messages per second, × bare aedes', one.rateRatio, RATE_TARGET),
    ],
    {
      load: { devices: DEVICES, inFlight: IN_FLIGHT, messages: MESSAGES },
      oneReading: one,
      twoReadings: two,
    },
  )
  console.log(
    `two readings a message: CPU ${round(two.cpuRatio)}x, rate ${round(two.rateRatio)}x (not judged)`,
  )
} finally {
  load.end()
  end(bare)
  await system.dispose()
}
