import { end, heard, start } from '../harness/child.js'
import { openRawClient } from '../harness/raw-client.js'
import { atMost, report, round } from '../harness/report.js'
import type { MeasureOrder, ServerMessage } from './protocol.js'

/**
 * Connect, say who one is, subscribe, go: 50 000 times, half of them without a word of farewell. What is judged is the
 * server's heap after a full collection, against what it was when the first 5 000 were over and everything had been
 * compiled: each session that leaves something behind shows here 50 000 times.
 */
const CYCLES = Number(process.argv[2] ?? 50_000)
const WARM_UP = 5_000
const AT_ONCE = 40
const GROWTH = 1.05

const server = start(new URL('server.ts', import.meta.url))
const { port, token } = await heard<ServerMessage, 'listening'>(server, 'listening')

async function measure() {
  const measured = heard<ServerMessage, 'measured'>(server, 'measured')
  server.send({ kind: 'measure' } satisfies MeasureOrder)
  return await measured
}

async function cycle(): Promise<void> {
  const client = await openRawClient({
    port,
    auth: { token },
    welcome: '"welcome"',
    subscribe: '421["subscribe:device","d1",{"batch":true}]',
    subscribed: '431[',
  })
  client.close()
}

async function cycles(count: number): Promise<void> {
  let left = count
  const worker = async () => {
    for (; left > 0; left--) await cycle()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

await cycles(WARM_UP)
const before = await measure()
const beganMs = performance.now()
await cycles(CYCLES)
const seconds = (performance.now() - beganMs) / 1_000
const after = await measure()
end(server)

const microsPerCycle = (after.cpuMicros - before.cpuMicros) / CYCLES
console.log(
  `${CYCLES} cycles: ${round(CYCLES / seconds)}/s, ${round(microsPerCycle)} µs of the server’s CPU each; ` +
    `heap ${mib(before.heapBytes)} → ${mib(after.heapBytes)} MiB, outside of it ${mib(before.outsideBytes)} → ${mib(after.outsideBytes)} MiB`,
)
report('cycles', [atMost('heap after against before', after.heapBytes / before.heapBytes, GROWTH)], {
  cycles: CYCLES,
  perSecond: round(CYCLES / seconds),
  microsPerCycle: round(microsPerCycle),
  before,
  after,
})

function mib(bytes: number): number {
  return round(bytes / 1_048_576)
}
