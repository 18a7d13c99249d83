import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@iot/testkit'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Api, readAll, setUp } from './harness/api.js'
import { prepareSystem, type System } from './harness/system.js'
import { type Publisher, startPublisher } from './ledger/start-publisher.js'

const KILLS = 20
const DEVICES = 20
const RATE = 2_000

describe('what is acknowledged', () => {
  let system: System
  let api: Api
  let folder: string
  let publisher: Publisher | undefined

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'iot-ledger-'))
    system = await prepareSystem({ USER_RATE_LIMIT_PER_MINUTE: '100000', LOG_LEVEL: 'warn' })
    system.launch()
    await system.ready()
    api = await setUp(system)
  })
  afterAll(async () => {
    publisher?.kill()
    await system.dispose()
    await rm(folder, { recursive: true, force: true })
  })

  it(`is stored, once each, over ${KILLS} kills at random instants under ${RATE} readings a second`, async () => {
    const fromMs = Date.now() - 1_000
    publisher = startPublisher({
      url: system.mqttUrl,
      devices: DEVICES,
      rate: RATE,
      maxOpen: RATE,
      ledgerFile: join(folder, 'ledger'),
    })
    for (let kill = 1; kill <= KILLS; kill++) {
      // Every fourth falls into the start itself; the others after some of this life's readings.
      if (kill % 4 !== 0) {
        await system.ready()
        const before = (await publisher.report()).acknowledged
        const some = 1 + Math.floor(Math.random() * RATE)
        await until(
          `${some} more readings are acknowledged`,
          async () => (await publisher!.report()).acknowledged >= before + some,
          {
            withinMs: 60_000,
          },
        )
      } else {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 1_500))
      }
      await system.end('SIGKILL')
      system.launch()
    }
    await system.ready()
    const ledger = await publisher.finish()
    expect(ledger.length).toBeGreaterThan((KILLS * RATE) / 4)

    const toMs = Date.now() + 3_600_000
    const stored = await until(
      'everything acknowledged is stored',
      async () => {
        const lines = await storedLines(api, { fromMs, toMs })
        return lines.length >= ledger.length && lines
      },
      { withinMs: 60_000, everyMs: 500 },
    )
    expect(new Set(stored).size).toBe(stored.length)
    expect(stored.sort()).toEqual(ledger.sort())
  })
})

async function storedLines(api: Api, range: { fromMs: number; toMs: number }): Promise<string[]> {
  const lines: string[] = []
  for (let at = 0; at < DEVICES; at++) {
    const deviceId = `ledger-${at}`
    for (const { sensorType, timestamp, value } of await readAll(api, deviceId, range)) {
      lines.push(`${deviceId} ${sensorType} ${timestamp} ${value}`)
    }
  }
  return lines
}
