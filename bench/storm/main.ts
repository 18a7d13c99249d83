import { io, type Socket } from 'socket.io-client'
import { end, heard, start } from '../harness/child.js'
import { atMost, quantile, report, round } from '../harness/report.js'
import { PER_SECOND, type ServerMessage } from './protocol.js'

/**
 * 5 000 stock clients come at the same moment, as after a restart, and do what they are told: those whose turn it is not
 * come back after `retryAfterMs`. What is judged is that all get in, how long the last one takes, and that nobody is
 * sent away again and again.
 */
const CLIENTS = Number(process.argv[2] ?? 5_000)
/** Nobody waits much longer than a queue would make them. */
const WITHIN_SECONDS = (CLIENTS / PER_SECOND) * 1.5
const TRIES = 4
/** For what is no answer of the server's: a connection that could not be made. */
const RETRY_MS = 1_000

interface Outcome {
  readonly seconds: number
  /** answers that it was not its turn, and the last one that it was */
  readonly tries: number
}

type Refusal = Error & { data?: { code: string; retryAfterMs?: number } }

const server = start(new URL('server.ts', import.meta.url))
const { port, token } = await heard<ServerMessage, 'listening'>(server, 'listening')
const sockets: Socket[] = []
const codes = new Map<string, number>()

function comeIn(beganMs: number): Promise<Outcome> {
  const socket = io(`http://127.0.0.1:${port}`, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    auth: { token },
  })
  sockets.push(socket)
  let tries = 1
  return new Promise((resolve) => {
    socket.once('welcome', () => resolve({ seconds: (performance.now() - beganMs) / 1_000, tries }))
    socket.on('connect_error', ({ data }: Refusal) => {
      const code = data?.code ?? 'no connection'
      codes.set(code, (codes.get(code) ?? 0) + 1)
      if (data) tries += 1
      setTimeout(() => socket.connect(), data?.retryAfterMs ?? RETRY_MS)
    })
  })
}

const beganMs = performance.now()
const outcomes = await Promise.all(Array.from({ length: CLIENTS }, () => comeIn(beganMs)))
for (const socket of sockets) socket.disconnect()
end(server)

const seconds = outcomes.map((outcome) => outcome.seconds)
const tries = outcomes.map((outcome) => outcome.tries)
const lastSeconds = Math.max(...seconds)
const mostTries = Math.max(...tries)
console.log(
  `${CLIENTS} clients: half of them in after ${round(quantile(seconds, 0.5))} s, all after ${round(lastSeconds)} s; ` +
    `${[...codes].map(([code, count]) => `${count} × ${code}`).join(', ') || 'nobody was sent away'}`,
)
report(
  'storm',
  [
    atMost('seconds until all are in', lastSeconds, WITHIN_SECONDS),
    atMost('tries of one client', mostTries, TRIES),
  ],
  {
    clients: CLIENTS,
    medianSeconds: round(quantile(seconds, 0.5)),
    lastSeconds: round(lastSeconds),
    mostTries,
    refusals: Object.fromEntries(codes),
  },
)
