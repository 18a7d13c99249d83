/**
 * A process of its own that publishes readings at a rate and keeps a ledger of those whose PUBACK came over
 * the wire. Whatever happens to the system: it reconnects and sends again what was not acknowledged.
 * Told to finish, it waits for the last acknowledgement, writes the ledger and ends.
 */
import { writeFileSync } from 'node:fs'
import { connect, type MqttClient } from 'mqtt'

export interface PublisherOptions {
  readonly url: string
  /** its devices are `{prefix}-0` and so on */
  readonly prefix: string
  readonly devices: number
  /** readings per second, over all devices */
  readonly rate: number
  /** readings sent and not acknowledged at once; at the bound it waits */
  readonly maxOpen: number
  readonly ledgerFile: string
  /** goes with every reading */
  readonly location?: string
}

export type PublisherReport = { readonly acknowledged: number; readonly open: number; readonly sent: number }

const TICK_MS = 10
const options = JSON.parse(process.argv[2] ?? '{}') as PublisherOptions
const clients: MqttClient[] = []
const acknowledged: string[] = []
let sent = 0
let open = 0
let lastMs = 0
let finishing = false
let owed = 0
let lastTickMs = performance.now()

for (let at = 0; at < options.devices; at++) {
  clients.push(
    connect(options.url, {
      clientId: `${options.prefix}-${at}`,
      protocolVersion: 4,
      reconnectPeriod: 100,
      connectTimeout: 5_000,
      keepalive: 30,
    }).on('error', () => {}),
  )
}

function publishOne(): void {
  const at = sent % options.devices
  // Strictly increasing, so that every reading is one of its own.
  lastMs = Math.max(lastMs + 1, Date.now())
  const timestamp = new Date(lastMs).toISOString()
  const deviceId = `${options.prefix}-${at}`
  const line = `${deviceId} count ${timestamp} ${sent}`
  const { location } = options
  const payload = JSON.stringify({ deviceId, sensorType: 'count', value: sent, timestamp, location })
  sent += 1
  open += 1
  clients[at]!.publish('sensor/data', payload, { qos: 1 }, (error) => {
    open -= 1
    if (!error) acknowledged.push(line)
  })
}

const ticker = setInterval(() => {
  const nowMs = performance.now()
  owed = Math.min(owed + ((nowMs - lastTickMs) / 1_000) * options.rate, options.maxOpen)
  lastTickMs = nowMs
  while (!finishing && owed >= 1 && open < options.maxOpen) {
    owed -= 1
    publishOne()
  }
  if (finishing && open === 0) finish()
}, TICK_MS)

function finish(): void {
  clearInterval(ticker)
  writeFileSync(options.ledgerFile, acknowledged.join('\n'))
  for (const client of clients) client.end(true)
  process.disconnect()
}

process.on('message', (message) => {
  if (message === 'finish') finishing = true
  else process.send?.({ acknowledged: acknowledged.length, open, sent } satisfies PublisherReport)
})
process.on('disconnect', () => process.exit(0))
