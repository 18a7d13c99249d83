import { until } from '@iot/testkit'
import { openDatabase } from '../../e2e/harness/database.js'
import { prepareSystem, type System } from '../../e2e/harness/system.js'

/**
 * For looking closer: BENCH_PROFILE=file.cpuprofile keeps where the system's time goes, BENCH_NODE_OPTIONS are
 * options of its Node.
 */
const { BENCH_PROFILE, BENCH_NODE_OPTIONS = '' } = process.env
const nodeEnvironment: Record<string, string> = BENCH_PROFILE
  ? {
      NODE_OPTIONS: `${BENCH_NODE_OPTIONS} --import=${new URL('./profile.mjs', import.meta.url).href}`,
      BENCH_PROFILE,
    }
  : { NODE_OPTIONS: BENCH_NODE_OPTIONS }

/** The built all-in-one process with a database of its own, ready; no bound of a single device is in the way. */
export async function startSystem(environment: Record<string, string> = {}): Promise<System> {
  const system = await prepareSystem({
    ...nodeEnvironment,
    LOG_LEVEL: 'warn',
    MQTT_MESSAGES_PER_SECOND: '1000000',
    ...environment,
  })
  system.launch()
  await system.ready().catch(async (error) => {
    await system.dispose()
    throw error
  })
  return system
}

/** Resolves when this many readings in all are stored, and have been given to the live bus. */
export async function untilStoredAndShown(system: System, readings: number): Promise<void> {
  await until(
    `${readings} readings are stored and shown`,
    async () => {
      const text = await (await fetch(`${system.url}/metrics`)).text()
      const stored = seriesValue(text, 'iot_archive_rows_total{outcome="inserted"}')
      const shown = seriesValue(text, 'iot_live_readings_total{outcome="shown"}')
      return stored >= readings && shown >= readings
    },
    { withinMs: 60_000, everyMs: 50 },
  )
}

function seriesValue(metrics: string, series: string): number {
  const line = metrics.split('\n').find((one) => one.startsWith(`${series} `))
  return Number(line?.slice(series.length) ?? 0)
}

/** Rows in the table of readings. */
export async function countStored(system: System): Promise<number> {
  const client = await openDatabase(system)
  try {
    const { rows } = await client.query('SELECT count(*) FROM readings')
    return Number(rows[0].count)
  } finally {
    await client.end()
  }
}
