import type { ChildProcess } from 'node:child_process'
import { until } from '@iot/testkit'
import { freePorts } from '../../e2e/harness/free-ports.js'
import { end, heard, start } from '../harness/child.js'
import { cpuMicros, serverCpuMicros } from '../harness/cpu.js'
import { atMost, median, report, round } from '../harness/report.js'
import { startBalancer } from './balancer.js'
import {
  DASHBOARDS,
  DEVICE_PAGES,
  DEVICES,
  HZ,
  type Mode,
  type RunOrder,
  type ServerMessage,
  type Side,
  type SinkMessage,
  type SinkOrder,
} from './protocol.js'

/**
 * 1 000 devices, 50 dashboards of all of them and 50 pages of one device each, on two replicas behind HAProxy: CPU of
 * replicas and HAProxy per reading and client, and bytes, against the guide's loop of one emit per reading. Ours gets
 * 5 readings a second from each device, the guide's loop a tenth of that. In turns; medians of the ratios of pairs.
 */
const PAIRS = Number(process.argv[2] ?? 3)
const SECONDS = Number(process.argv[3] ?? 10)
const REPLICAS = 2
const CLIENTS = DASHBOARDS + DEVICE_PAGES
/** At least; less than two readings. */
const POSITIONS_BYTES = 300
/**
 * 10 of readings; beside them one frame in 10 s says how far all was sent. A run may meet one more of each than fit into
 * its length: at both of its ends.
 */
const MOST_FRAMES = 10 + 0.1 + 2 / SECONDS

/** Per reading and client: CPU in µs, and bytes. */
interface Cost {
  readonly micros: number
  readonly bytes: number
  /** frames a second of a dashboard of all devices */
  readonly framesPerSecond: number
}

const sink = start(new URL('./sink.ts', import.meta.url))
const servers: Record<Side, ChildProcess[]> = { guide: [], ours: [] }
const tokens: Record<Side, string> = { guide: '', ours: '' }

async function openReplicas(side: Side): Promise<number[]> {
  const ports: number[] = []
  for (let n = 0; n < REPLICAS; n++) {
    const server = start(new URL('./server.ts', import.meta.url), side)
    const { port, token } = await heard<ServerMessage, 'listening'>(server, 'listening')
    servers[side].push(server)
    ports.push(port)
    // Both replicas have the same secret, so either's token is good for both.
    tokens[side] = token
  }
  return ports
}

async function tellSink<Kind extends SinkMessage['kind']>(order: SinkOrder, kind: Kind) {
  const answered = heard<SinkMessage, Kind>(sink, kind)
  sink.send(order)
  return answered
}

/** Waits until all that was sent has come: from then on there are but positions, one in 10 s for each client. */
async function settled() {
  let last = Number.NEGATIVE_INFINITY
  return until(
    'everything has come',
    async () => {
      const counted = await tellSink({ kind: 'count' }, 'counted')
      const isStill = counted.bytes - last < CLIENTS * POSITIONS_BYTES
      last = counted.bytes
      return isStill && counted
    },
    { withinMs: 60_000, everyMs: 1_500 },
  )
}

function order(side: Side, kind: RunOrder['kind']): void {
  for (const server of servers[side]) server.send({ kind, seconds: SECONDS } satisfies RunOrder)
}

async function measure(mode: Mode): Promise<Cost> {
  const side: Side = mode === 'guide' ? 'guide' : 'ours'
  await tellSink({ kind: 'connect', mode, port: ports[side], token: tokens[side] }, 'connected')
  const prepared = servers[side].map((server) => heard<ServerMessage, 'prepared'>(server, 'prepared'))
  order(side, 'prepare')
  await Promise.all(prepared)
  const used = () =>
    servers[side].reduce((sum, { pid }) => sum + cpuMicros(pid!), serverCpuMicros(balancer.pid))
  const before = used()
  const done = servers[side].map((server) => heard<ServerMessage, 'done'>(server, 'done'))
  order(side, 'run')
  const [first] = await Promise.all(done)
  const { dashboardFrames } = await tellSink({ kind: 'count' }, 'counted')
  const { bytes } = await settled()
  const spent = used() - before
  await tellSink({ kind: 'leave' }, 'left')
  const shown = first!.readings * CLIENTS
  return {
    micros: spent / shown,
    bytes: bytes / shown,
    framesPerSecond: dashboardFrames / DASHBOARDS / SECONDS,
  }
}

const [guidePort, oursPort] = await freePorts(2)
const ports: Record<Side, number> = { guide: guidePort!, ours: oursPort! }
const balancer = await startBalancer({
  guide: { port: ports.guide, replicas: await openReplicas('guide') },
  ours: { port: ports.ours, replicas: await openReplicas('ours') },
})
const costs: Record<Mode, Cost[]> = { guide: [], complete: [], latest: [] }
const MODES: readonly Mode[] = ['guide', 'complete', 'latest']
try {
  for (let pair = 0; pair <= PAIRS; pair++) {
    for (const mode of MODES) {
      const cost = await measure(mode)
      // The first round warms the compilers.
      if (pair === 0) continue
      costs[mode].push(cost)
      console.log(
        `${mode}: ${round(cost.micros)} µs, ${round(cost.bytes)} bytes for each reading and client; ${round(cost.framesPerSecond)} frames/s`,
      )
    }
  }
  const ratio = (mode: Mode, of: 'micros' | 'bytes') =>
    median(costs[mode].map((cost, pair) => cost[of] / costs.guide[pair]![of]))
  const frames = (mode: Mode) => Math.max(...costs[mode].map(({ framesPerSecond }) => framesPerSecond))
  report(
    'dashboards',
    [
      atMost('CPU per reading and client, complete, × the guide’s', ratio('complete', 'micros'), 1 / 25),
      atMost('CPU per reading and client, latest, × the guide’s', ratio('latest', 'micros'), 1 / 60),
      atMost('bytes, latest, × the guide’s', ratio('latest', 'bytes'), 1 / 4),
      atMost('frames a second of a dashboard', Math.max(frames('complete'), frames('latest')), MOST_FRAMES),
    ],
    {
      load: { devices: DEVICES, hz: HZ, dashboards: DASHBOARDS, devicePages: DEVICE_PAGES, seconds: SECONDS },
      costs,
    },
  )
} finally {
  end(sink)
  for (const server of [...servers.guide, ...servers.ours]) end(server)
  await balancer.stop()
}
