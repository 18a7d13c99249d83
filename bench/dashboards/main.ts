import type { ChildProcess } from 'node:child_process'
import { startRedis } from '@iot/testkit/containers/start-redis'
import { freePorts } from '../../e2e/harness/free-ports.js'
import { end, heard, start } from '../harness/child.js'
import { cpuMicros, serverCpuMicros } from '../harness/cpu.js'
import { atMost, median, report, round } from '../harness/report.js'
import { type Balancer, startBalancer } from './balancer.js'
import {
  DASHBOARDS,
  DEVICE_PAGES,
  DEVICES,
  type FeedMessage,
  type FeedOrder,
  HZ,
  type Mode,
  type ServerMessage,
  type Side,
  type SinkMessage,
  type SinkOrder,
} from './protocol.js'

/**
 * 1 000 devices, 50 dashboards of all of them and 50 pages of one device each, on two replicas behind HAProxy: CPU of
 * replicas and HAProxy per reading and client, and bytes, against the guide's loop of one emit per reading. Both hear
 * their readings from a Redis: ours in the batches that `live` flushes, the guide's loop one by one. Ours gets
 * 5 readings a second from each device, the guide's loop a tenth of that. In turns; medians of the ratios of pairs.
 */
const PAIRS = Number(process.argv[2] ?? 3)
const SECONDS = Number(process.argv[3] ?? 10)
/** Rounds that don't count: replicas that are idle for most of the time take long until all is compiled that will be. */
const WARM_UP = 2
const REPLICAS = 2
const CLIENTS = DASHBOARDS + DEVICE_PAGES
/** Everything has come when for so long nothing has but positions, which are less than this for each client. */
const QUIET_MS = 1_500
const LOOK_MS = 100
const POSITIONS_BYTES = 300
/**
 * 10 of readings; beside them one frame in 10 s says how far all was sent. A run may meet one more of each than fit into
 * its length: at both of its ends.
 */
const MOST_FRAMES = 10 + 0.1 + 2 / SECONDS

/** Per reading and client: CPU in µs, and bytes. */
interface Cost {
  readonly micros: number
  /** of it HAProxy's */
  readonly balancerMicros: number
  readonly bytes: number
  /** frames a second of a dashboard of all devices */
  readonly framesPerSecond: number
}

const redis = await startRedis()
const bus = [redis.host, String(redis.port())]
const sink = start(new URL('./sink.ts', import.meta.url))
const feed = start(new URL('./feed.ts', import.meta.url), ...bus)
const servers: Record<Side, ChildProcess[]> = { guide: [], ours: [] }
const tokens: Record<Side, string> = { guide: '', ours: '' }

async function openReplicas(side: Side): Promise<number[]> {
  const ports: number[] = []
  for (let n = 0; n < REPLICAS; n++) {
    const server = start(new URL('./server.ts', import.meta.url), side, ...bus)
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

async function tellFeed<Kind extends FeedMessage['kind']>(order: FeedOrder, kind: Kind) {
  const answered = heard<FeedMessage, Kind>(feed, kind)
  feed.send(order)
  return answered
}

/** CPU so far: the replicas' and HAProxy's. */
function used(side: Side): { replicas: number; balancer: number } {
  return {
    replicas: servers[side].reduce((sum, { pid }) => sum + cpuMicros(pid!), 0),
    balancer: serverCpuMicros(balancer!.pid),
  }
}

/** What had been used when the last had come: from then on there are but positions, one in 10 s for each client. */
async function settled(side: Side) {
  let now = { ...(await tellSink({ kind: 'count' }, 'counted')), used: used(side) }
  let last = now
  for (let quietMs = 0; quietMs < QUIET_MS; quietMs += LOOK_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    now = { ...(await tellSink({ kind: 'count' }, 'counted')), used: used(side) }
    if (now.bytes - last.bytes < CLIENTS * POSITIONS_BYTES) continue
    last = now
    quietMs = 0
  }
  return last
}

async function measure(mode: Mode): Promise<Cost> {
  const side: Side = mode === 'guide' ? 'guide' : 'ours'
  await tellSink({ kind: 'connect', mode, port: ports[side], token: tokens[side] }, 'connected')
  await tellFeed({ kind: 'prepare', side, seconds: SECONDS }, 'prepared')
  const begun = await tellSink({ kind: 'count' }, 'counted')
  const before = used(side)
  const beginMs = performance.now()
  const { readings } = await tellFeed({ kind: 'run' }, 'done')
  const seconds = (performance.now() - beginMs) / 1_000
  const { dashboardFrames } = await tellSink({ kind: 'count' }, 'counted')
  const { bytes, used: after } = await settled(side)
  await tellSink({ kind: 'leave' }, 'left')
  const shown = readings * CLIENTS
  const balancerMicros = after.balancer - before.balancer
  return {
    micros: (after.replicas - before.replicas + balancerMicros) / shown,
    balancerMicros: balancerMicros / shown,
    bytes: (bytes - begun.bytes) / shown,
    framesPerSecond: (dashboardFrames - begun.dashboardFrames) / DASHBOARDS / seconds,
  }
}

let balancer: Balancer | undefined
const ports: Record<Side, number> = { guide: 0, ours: 0 }
const costs: Record<Mode, Cost[]> = { guide: [], complete: [], latest: [] }
const MODES: readonly Mode[] = ['guide', 'complete', 'latest']
try {
  // The feed names the log that replicas wait for.
  await heard<FeedMessage, 'open'>(feed, 'open')
  const [guidePort, oursPort] = await freePorts(2)
  Object.assign(ports, { guide: guidePort, ours: oursPort })
  balancer = await startBalancer({
    guide: { port: ports.guide, replicas: await openReplicas('guide') },
    ours: { port: ports.ours, replicas: await openReplicas('ours') },
  })
  for (let pair = -WARM_UP; pair < PAIRS; pair++) {
    for (const mode of MODES) {
      const cost = await measure(mode)
      if (pair < 0) continue
      costs[mode].push(cost)
      console.log(
        `${mode}: ${round(cost.micros)} µs (HAProxy ${round(cost.balancerMicros)}), ${round(cost.bytes)} bytes for each reading and client; ${round(cost.framesPerSecond)} frames/s`,
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
  end(feed)
  for (const server of [...servers.guide, ...servers.ours]) end(server)
  await balancer?.stop()
  await redis.stop()
}
