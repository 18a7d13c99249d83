import { until } from '@iot/testkit'
import { end, heard, start } from '../harness/child.js'
import { atMost, median, report, round } from '../harness/report.js'
import {
  type ClientsMessage,
  type ClientsOrder,
  FROZEN,
  OTHERS,
  type ServerMessage,
  type ServerOrder,
  SLICE_READINGS,
} from './protocol.js'

/**
 * What 200 clients that have stopped reading cost the 800 others of a replica: its CPU for each frame to the others
 * with and without the frozen ones, in slices of 2.5 s in turn, in one process; and the memory that the frozen ones
 * hold. Every one of the others must get every reading once.
 */
const PAIRS = Number(process.argv[2] ?? 6)
const LEDGER_WITHIN_MS = 30_000

const server = start(new URL('./server.ts', import.meta.url))
const clients = start(new URL('./clients.ts', import.meta.url))
const { port, token } = await heard<ServerMessage, 'listening'>(server, 'listening')
let published = 0

async function ask<Kind extends ServerMessage['kind']>(order: ServerOrder, kind: Kind) {
  const answered = heard<ServerMessage, Kind>(server, kind)
  server.send(order)
  return await answered
}

async function tell<Kind extends ClientsMessage['kind']>(order: ClientsOrder, kind: Kind) {
  const answered = heard<ClientsMessage, Kind>(clients, kind)
  clients.send(order)
  return await answered
}

/** CPU µs for each frame to the others. Throws unless everybody got everything once, and those lag who are to. */
async function slice(frozen: number): Promise<number> {
  const { cpuMicros, lagging } = await ask({ kind: 'run', readings: SLICE_READINGS }, 'ran')
  published += SLICE_READINGS
  if (lagging !== frozen) throw new Error(`${lagging} clients lagged at the end of a slice, not ${frozen}`)
  await until(
    'the ledgers are complete',
    async () => (await tell({ kind: 'count' }, 'counted')).fewest >= published,
    { withinMs: LEDGER_WITHIN_MS },
  )
  const { most } = await tell({ kind: 'count' }, 'counted')
  if (most > published) throw new Error(`a client got ${most} readings of ${published}`)
  return cpuMicros / (SLICE_READINGS * OTHERS)
}

interface WithFrozen {
  readonly cpu: number
  readonly aliveBytes: number
  readonly residentBytes: number
}

async function sliceWithFrozen(): Promise<WithFrozen> {
  await tell({ kind: 'freeze', port, token }, 'done')
  const before = await ask({ kind: 'measure' }, 'measured')
  const { lagging } = await ask({ kind: 'ice' }, 'iced')
  if (lagging !== FROZEN) throw new Error(`${lagging} clients are frozen, not ${FROZEN}`)
  const cpu = await slice(FROZEN)
  const after = await ask({ kind: 'measure' }, 'measured')
  await tell({ kind: 'thaw' }, 'done')
  await until('they have gone', async () => (await ask({ kind: 'run', readings: 0 }, 'ran')).lagging === 0)
  return {
    cpu,
    aliveBytes: (after.aliveBytes - before.aliveBytes) / FROZEN,
    residentBytes: (after.residentBytes - before.residentBytes) / FROZEN,
  }
}

try {
  await tell({ kind: 'open', port, token }, 'done')
  await slice(0)
  const pairs: { calm: number; frozen: WithFrozen; ratio: number }[] = []
  for (let pair = 0; pair < PAIRS; pair++) {
    const first = pair % 2 === 0 ? await slice(0) : undefined
    const frozen = await sliceWithFrozen()
    const calm = first ?? (await slice(0))
    pairs.push({ calm, frozen, ratio: frozen.cpu / calm })
    console.log(
      `pair ${pair + 1}: ${round(calm)} µs a frame, ${round(frozen.cpu)} with frozen ones, ratio ${round(frozen.cpu / calm)}; ${round(frozen.aliveBytes / 1_024)} KiB alive, ${round(frozen.residentBytes / 1_024)} KiB resident for each frozen one`,
    )
  }
  report(
    'slow',
    [
      atMost(
        'CPU for a frame to the others, × without frozen ones',
        median(pairs.map(({ ratio }) => ratio)),
        1.1,
      ),
      atMost(
        'MiB alive for a frozen one',
        Math.max(...pairs.map(({ frozen }) => frozen.aliveBytes)) / 1_048_576,
        2,
      ),
      atMost(
        'MiB resident for a frozen one',
        Math.max(...pairs.map(({ frozen }) => frozen.residentBytes)) / 1_048_576,
        2,
      ),
    ],
    { others: OTHERS, frozen: FROZEN, readings: published, pairs },
  )
} finally {
  end(clients)
  end(server)
}
