import { serverPid } from '../../e2e/harness/database.js'
import type { System } from '../../e2e/harness/system.js'
import { countStored, startSystem, untilStoredAndShown } from '../harness/bench-system.js'
import { end, heard, start } from '../harness/child.js'
import { cpuMicros, serverCpuMicros } from '../harness/cpu.js'
import { startLoad } from '../harness/load.js'
import { DEVICES, IN_FLIGHT, READINGS_PER_MESSAGE } from '../harness/load-protocol.js'
import { atLeast, atMost, median, report, round } from '../harness/report.js'

/**
 * 50 devices, QoS 1, 20 in flight each, to the stored reading, against bare aedes that does nothing with what
 * it gets; alternating runs, judged by the median of the ratios of pairs. Our CPU is that of the Node process
 * and of every PostgreSQL process, until the last reading is stored and shown.
 */
const CPU_TARGET = 4
const RATE_TARGET = 0.4
const PAIRS = Number(process.argv[2] ?? 6)
const MESSAGES = Number(process.argv[3] ?? 50_000)
const WARM_UP = 50_000
/** The first message is this old: far from what counts as a clock that is wrong. */
const PAST_MS = 3_600_000

interface Side {
  /** messages per second; for us until they are stored */
  readonly rate: number
  readonly cpu: number
}

interface Ours extends Side {
  readonly node: number
  readonly database: number
}

const load = startLoad()
const bare = start(new URL('./bare-aedes.ts', import.meta.url))
const system = await startSystem()
const server = serverPid(system)!
let sent = 0

async function runOurs(messages: number): Promise<Ours> {
  const pid = system.pid()!
  const before = { node: cpuMicros(pid), database: serverCpuMicros(server) }
  const begin = performance.now()
  await load.send(system.mqttPort, messages)
  sent += messages
  await untilStoredAndShown(system, sent * READINGS_PER_MESSAGE)
  const rate = messages / ((performance.now() - begin) / 1_000)
  const node = (cpuMicros(pid) - before.node) / messages
  const database = (serverCpuMicros(server) - before.database) / messages
  return { rate, node, database, cpu: node + database }
}

async function runBare(port: number, messages: number): Promise<Side> {
  const before = cpuMicros(bare.pid!)
  const seconds = await load.send(port, messages)
  return { rate: messages / seconds, cpu: (cpuMicros(bare.pid!) - before) / messages }
}

async function compare(port: number): Promise<{ ours: Ours; bare: Side }[]> {
  for (const one of [port, system.mqttPort]) await load.connect(one, PAST_MS)
  await runBare(port, WARM_UP)
  await runOurs(WARM_UP)
  const pairs: { ours: Ours; bare: Side }[] = []
  for (let pair = 0; pair < PAIRS; pair++) {
    const [ours, bare] =
      pair % 2 === 0
        ? [await runOurs(MESSAGES), await runBare(port, MESSAGES)]
        : await runBare(port, MESSAGES).then(async (floor) => [await runOurs(MESSAGES), floor] as const)
    pairs.push({ ours, bare })
    console.log(
      `pair ${pair + 1}: ours ${round(ours.node)} + ${round(ours.database)} µs, ${round(ours.rate)}/s; bare ${round(bare.cpu)} µs, ${round(bare.rate)}/s; ${round(ours.cpu / bare.cpu)}x`,
    )
  }
  return pairs
}

async function checkStored(system: System): Promise<void> {
  const stored = await countStored(system)
  if (stored !== sent * READINGS_PER_MESSAGE)
    throw new Error(`${stored} stored of ${sent * READINGS_PER_MESSAGE}`)
}

try {
  const { port } = await heard<{ kind: 'listening'; port: number }, 'listening'>(bare, 'listening')
  const pairs = await compare(port)
  await checkStored(system)
  const judgements = [
    atMost(
      'CPU per message, × bare aedes',
      median(pairs.map(({ ours, bare }) => ours.cpu / bare.cpu)),
      CPU_TARGET,
    ),
    atLeast(
      'messages per second, × bare aedes',
      median(pairs.map(({ ours, bare }) => ours.rate / bare.rate)),
      RATE_TARGET,
    ),
  ]
  const medians = {
    nodeMicros: median(pairs.map(({ ours }) => ours.node)),
    databaseMicros: median(pairs.map(({ ours }) => ours.database)),
    bareMicros: median(pairs.map(({ bare }) => bare.cpu)),
    rate: median(pairs.map(({ ours }) => ours.rate)),
    bareRate: median(pairs.map(({ bare }) => bare.rate)),
  }
  report('ingest', judgements, {
    load: {
      devices: DEVICES,
      inFlight: IN_FLIGHT,
      readingsPerMessage: READINGS_PER_MESSAGE,
      messages: MESSAGES,
    },
    medians,
    pairs,
  })
} finally {
  load.end()
  end(bare)
  await system.dispose()
}
