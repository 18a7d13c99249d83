import { once } from 'node:events'
import { createPostgresReadingStore, startTestDatabase } from '@iot/adapter-postgres'
import type { StoredReading } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { parentOf, serverCpuMicros } from '../harness/cpu.js'
import { atMost, median, report, round } from '../harness/report.js'

/**
 * The archive's write, by names of devices and sensors and with its answer to repeats, against COPY of the
 * same rows, numbered already, into a table with the same unique key. Both in transactions of as many rows.
 * CPU is that of this process and of all of the server's.
 */
const TARGET = 1.7
const PAIRS = Number(process.argv[2] ?? 8)
const BATCHES = Number(process.argv[3] ?? 40)
const BATCH_ROWS = 2_000
const DEVICES = 50
const SENSORS = ['temperature', 'humidity']
/** A Monday: all times are in one weekly partition. */
const BASE_MS = Date.parse('2026-01-05T00:00:00.000Z')

type Write = (rows: readonly StoredReading[]) => Promise<unknown>

const database = await startTestDatabase()
const client = new pg.Client({ connectionString: database.url })
await client.connect()
const { rows: backends } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
const server = parentOf(backends[0]!.pid)

let step = 0
/** The next batch: every sensor in turn, each a little later than before. */
function nextBatch(): StoredReading[] {
  return Array.from({ length: BATCH_ROWS }, (_, n) => {
    const sensor = n % (DEVICES * SENSORS.length)
    if (sensor === 0) step += 1
    const timestampMs = BASE_MS + step * 1_000
    return {
      deviceId: `bench-${Math.floor(sensor / SENSORS.length)}`,
      sensorType: SENSORS[sensor % SENSORS.length]!,
      unit: '°C',
      timestampMs,
      receivedAtMs: timestampMs + 40,
      value: 20 + (n % 100) / 10,
      adjusted: false,
    }
  })
}

async function copy(rows: readonly StoredReading[]): Promise<void> {
  let text = ''
  let times = ''
  for (const [n, { timestampMs, receivedAtMs, value }] of rows.entries()) {
    const sensor = n % (DEVICES * SENSORS.length)
    // Rows of one step share their times: writing them is not what is measured.
    if (sensor === 0)
      times = `${new Date(timestampMs).toISOString()}\t${new Date(receivedAtMs).toISOString()}`
    text += `${times}\t${value}\t${sensor}\tf\n`
  }
  const stream = client.query(copyFrom('COPY copied (ts, received_at, value, sensor, adjusted) FROM STDIN'))
  stream.end(text)
  await once(stream, 'finish')
}

/** CPU µs per row, ours and the server's. */
async function measure(write: Write): Promise<{ node: number; database: number; cpu: number }> {
  const batches = Array.from({ length: BATCHES }, nextBatch)
  const rows = BATCHES * BATCH_ROWS
  const own = process.cpuUsage()
  const servers = serverCpuMicros(server)
  for (const batch of batches) await write(batch)
  const { user, system } = process.cpuUsage(own)
  const node = (user + system) / rows
  const database = (serverCpuMicros(server) - servers) / rows
  return { node, database, cpu: node + database }
}

async function compare(store: Write): Promise<void> {
  for (const write of [store, copy]) await measure(write)
  const pairs = []
  for (let pair = 0; pair < PAIRS; pair++) {
    const first = await measure(pair % 2 === 0 ? store : copy)
    const second = await measure(pair % 2 === 0 ? copy : store)
    const [ours, copied] = pair % 2 === 0 ? [first, second] : [second, first]
    pairs.push({ ours, copy: copied, ratio: ours.cpu / copied.cpu })
    console.log(
      `pair ${pair + 1}: ours ${round(ours.cpu)}, COPY ${round(copied.cpu)} µs/row, ${round(ours.cpu / copied.cpu)}x`,
    )
  }
  const { rows } = await client.query(
    'SELECT (SELECT count(*) FROM readings) AS ours, (SELECT count(*) FROM copied) AS copied',
  )
  const expected = String((PAIRS + 1) * BATCHES * BATCH_ROWS)
  if (rows[0].ours !== expected || rows[0].copied !== expected)
    throw new Error(`not ${expected}: ${JSON.stringify(rows[0])}`)
  const ratio = median(pairs.map((one) => one.ratio))
  report('store', [atMost('CPU per row, × COPY', ratio, TARGET)], {
    load: { rowsPerTransaction: BATCH_ROWS, rowsPerRun: BATCHES * BATCH_ROWS },
    medians: {
      oursMicros: median(pairs.map(({ ours }) => ours.cpu)),
      copyMicros: median(pairs.map(({ copy }) => copy.cpu)),
    },
    pairs,
  })
}

try {
  await client.query(`CREATE TABLE copied (ts timestamptz NOT NULL, received_at timestamptz NOT NULL,
    value float8 NOT NULL, sensor int NOT NULL, adjusted boolean NOT NULL, PRIMARY KEY (sensor, ts))`)
  const store = createPostgresReadingStore({ database: database.openDatabase(), log: silentLogger() })
  await compare((rows) => store.write(rows))
} finally {
  await client.end()
  await database.close()
}
