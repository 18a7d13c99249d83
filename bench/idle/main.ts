import { end, heard, start } from '../harness/child.js'
import { atMost, median, report, round } from '../harness/report.js'
import {
  type ConnectedMessage,
  type ConnectOrder,
  ROOMS,
  type ServerMessage,
  type Side,
  SOCKETS,
} from './protocol.js'

/**
 * What 2 000 signed-in sockets that only wait cost in memory, each in 20 rooms, against stock Socket.IO that checks the
 * same token. Each run is a server and clients of its own; medians over pairs.
 */
const PAIRS = Number(process.argv[2] ?? 3)

interface Grown {
  /** bytes for each socket */
  readonly alive: number
  readonly resident: number
}

async function measure(side: Side): Promise<Grown> {
  const server = start(new URL('./server.ts', import.meta.url), side)
  const clients = start(new URL('./clients.ts', import.meta.url))
  try {
    const { port, token } = await heard<ServerMessage, 'listening'>(server, 'listening')
    const before = await memoryOf(server)
    const connected = heard<ConnectedMessage, 'connected'>(clients, 'connected')
    clients.send({ side, port, token } satisfies ConnectOrder)
    await connected
    const after = await memoryOf(server)
    return {
      alive: (after.aliveBytes - before.aliveBytes) / SOCKETS,
      resident: (after.residentBytes - before.residentBytes) / SOCKETS,
    }
  } finally {
    end(clients)
    end(server)
  }
}

async function memoryOf(server: ReturnType<typeof start>) {
  const measured = heard<ServerMessage, 'measured'>(server, 'measured')
  server.send('measure')
  return measured
}

const pairs: Record<Side, Grown>[] = []
for (let pair = 0; pair < PAIRS; pair++) {
  const one = { ours: await measure('ours'), stock: await measure('stock') }
  pairs.push(one)
  console.log(
    `pair ${pair + 1}: ours ${round(one.ours.alive / 1_024)} KiB alive, ${round(one.ours.resident / 1_024)} resident; stock ${round(one.stock.alive / 1_024)} and ${round(one.stock.resident / 1_024)}`,
  )
}
const ratio = (of: keyof Grown) => median(pairs.map(({ ours, stock }) => ours[of] / stock[of]))
report(
  'idle',
  [
    atMost('memory alive of an idle socket, × stock', ratio('alive'), 1.15),
    atMost('resident memory of an idle socket, × stock', ratio('resident'), 1.15),
  ],
  { sockets: SOCKETS, rooms: ROOMS, pairs },
)
