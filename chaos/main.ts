/**
 * The whole grid of faults: every container killed, frozen for 15 s and cut off from its networks, one after the
 * other, under load through the front door's published ports. Writes docs/reference/faults.md. Needs Docker; sends
 * traffic to containers of its own alone; takes about 25 minutes.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FAULT_MS, type FaultKind } from '../e2e/fleet/harness/faults.js'
import { type FaultReport, type LedgerVerdict, startLedgerRun } from '../e2e/fleet/harness/ledger-run.js'
import { buildImages, startStack } from '../e2e/fleet/harness/stack.js'
import { setUp } from '../e2e/harness/api.js'

const SERVICES = [
  'websocket-service',
  'websocket-service-replica',
  'api-gateway',
  'bridge',
  'live',
  'archive',
  'haproxy',
  'redis',
  'kafka',
  'timescaledb',
  'mosquitto',
]
const KINDS: readonly FaultKind[] = ['kill', 'pause', 'disconnect']
const FAULTS_FILE = fileURLToPath(new URL('../docs/reference/faults.md', import.meta.url))
const LOAD = { prefix: 'chaos', devices: 25, rate: 50, watchers: 40 }

await buildImages()
const stack = await startStack()
try {
  await setUp(stack)
  const run = await startLedgerRun(stack, LOAD)
  const reports: FaultReport[] = []
  for (const service of SERVICES) {
    for (const kind of KINDS) {
      const report = await run.fault({ service, kind })
      reports.push(report)
      console.log(
        `${kind} ${service}: live again after ${report.liveAgainMs} ms, ${report.returns} reconnects`,
      )
      await stack.healthy(180_000)
    }
  }
  const verdict = await run.finish()
  run.close()
  writeFileSync(FAULTS_FILE, page(reports, verdict))
  console.log(`written: ${FAULTS_FILE}`)
  process.exitCode = holds(verdict) ? 0 : 1
} finally {
  await stack.dispose()
}

function holds({ lost, storedTwice, clients }: LedgerVerdict): boolean {
  const isWhole = clients.every(({ missed, twice }) => missed === 0 && twice === 0)
  return lost.listener.length === 0 && storedTwice.length === 0 && isWhole
}

function page(reports: readonly FaultReport[], verdict: LedgerVerdict): string {
  const { acknowledged, lost, storedTwice, clients } = verdict
  const sum = (count: (one: (typeof clients)[number]) => number) =>
    clients.reduce((total, one) => total + count(one), 0)
  return `# What happens when a part of the fleet fails

Made by \`npm run chaos\`: one container after the other is killed (and started again after ${FAULT_MS.kill / 1_000} s), frozen for ${FAULT_MS.pause / 1_000} s, or cut off from its networks for ${FAULT_MS.disconnect / 1_000} s, while ${LOAD.devices * 2} devices publish ${LOAD.rate * 2} readings a second in all, half to the durable listener (1884) and half to Mosquitto (1883), and ${LOAD.watchers} stock Socket.IO clients watch all of it by WebSocket, by polling, and by polling that upgrades. Clients keep the position of what they saw and come back with it, as the contract says.

| | |
|---|---|
| acknowledged by the listener | ${acknowledged.listener} |
| of these not stored | ${lost.listener.length} |
| acknowledged by Mosquitto | ${acknowledged.broker} |
| of these not stored | ${lost.broker.length} |
| stored twice | ${storedTwice.length} |
| stored and not seen, over all clients | ${sum((one) => one.missed)} |
| seen twice, over all clients | ${sum((one) => one.twice)} |
| told that something is missing, over all clients | ${sum((one) => one.gaps.length)} |

“Live again” is the time from the container’s return until the last client has seen a newer reading of every device.

| container | killed: live again, s | reconnects | frozen: live again, s | reconnects | cut off: live again, s | reconnects |
|---|---|---|---|---|---|---|
${SERVICES.map((service) => row(service, reports)).join('\n')}

What Mosquitto acknowledges is Mosquitto’s word: a kill loses what it had acknowledged and not yet written or passed on. \`config/mosquitto/mosquitto.conf\` says which settings keep that small, and \`docs/decisions/0112-mosquitto.md\` what was measured. Devices that must not lose a reading publish to 1884.
`
}

function row(service: string, reports: readonly FaultReport[]): string {
  const cells = KINDS.flatMap((kind) => {
    const report = reports.find((one) => one.service === service && one.kind === kind)
    return report ? [(report.liveAgainMs / 1_000).toFixed(1), String(report.returns)] : ['', '']
  })
  return `| ${[service, ...cells].join(' | ')} |`
}
