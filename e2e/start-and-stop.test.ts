import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@iot/testkit'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { serverPids, signalIfThere, signalServer } from './harness/database.js'
import { launchToEnd } from './harness/launch.js'
import { say } from './harness/say.js'
import { prepareSystem, type System } from './harness/system.js'

const MISCONFIGURED = 78

let system: System
let folder: string
const squatters: Server[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iot-start-'))
  system = await prepareSystem()
  system.launch()
  await system.ready()
})
afterAll(async () => {
  for (const squatter of squatters) squatter.close()
  await system.dispose()
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
})

/** Somebody else’s program on a port. */
async function squat(): Promise<string> {
  const squatter = createServer()
  squatters.push(squatter)
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve))
  return String((squatter.address() as { port: number }).port)
}

describe('a start that can’t be', () => {
  const loopback = { HOST: '127.0.0.1', MQTT_HOST: '127.0.0.1' }

  it('because of its configuration names every fault at once, and ends with code 78', async () => {
    const { code, output } = await launchToEnd({
      PORT: 'eighty',
      MQTT_MAX_IN_FLIGHT: '0',
      LOG_LEVEL: 'loud',
      DATA_DIR: join(folder, 'never made'),
    })
    expect(code).toBe(MISCONFIGURED)
    for (const name of ['PORT', 'MQTT_MAX_IN_FLIGHT', 'LOG_LEVEL']) expect(output).toContain(name)
    expect(output).not.toMatch(/\n {4}at /)
  })

  it('because a port is taken names the port, the variable and what to do, and leaves nothing behind', async () => {
    const [httpPort, mqttPort] = [await squat(), await squat()]
    const dataDir = join(folder, 'taken ports')
    const http = await launchToEnd({ ...loopback, DATA_DIR: dataDir, PORT: httpPort, MQTT_PORT: '0' })
    expect([http.code, http.output]).toEqual([
      MISCONFIGURED,
      expect.stringMatching(new RegExp(`Port ${httpPort} .*taken.*set PORT to`)),
    ])
    const mqtt = await launchToEnd({ ...loopback, DATA_DIR: dataDir, PORT: '0', MQTT_PORT: mqttPort })
    expect([mqtt.code, mqtt.output]).toEqual([
      MISCONFIGURED,
      expect.stringMatching(new RegExp(`port ${mqttPort} .*taken.*set MQTT_PORT to`)),
    ])
    // Its database stopped with it: the folder can be taken away, and no server misses it.
    expect(serverPids({ dataDir })).toEqual([])
    say(`a taken port was told after ${http.tookMs} ms at the first start, ${mqtt.tookMs} ms at the second`)
  })

  it('because another process has the data folder names both, and does not touch it', async () => {
    const second = await launchToEnd({ ...loopback, DATA_DIR: system.dataDir, PORT: '0', MQTT_PORT: '0' })
    expect([second.code, second.output]).toEqual([
      MISCONFIGURED,
      expect.stringMatching(
        new RegExp(`the data.* in use by another process \\(${system.pid()}\\).*DATA_DIR`),
      ),
    ])
    expect((await fetch(`${system.url}/readyz`)).status).toBe(200)
  })
})

describe('a stop that hangs', () => {
  it('is ended at once by a second signal', async () => {
    // A frozen database is what a stop would wait for.
    const pid = system.pid()!
    const servers = signalServer(system, 'SIGSTOP')
    const ended = system.end('SIGTERM')
    // Two signals of a kind that come to a process at once are one.
    await until('the first is heard', () => system.output().includes('"reason":"SIGTERM"'))
    const beganMs = performance.now()
    signalIfThere(pid, 'SIGTERM')
    const code = await ended
    const tookMs = Math.round(performance.now() - beganMs)
    for (const pid of servers) signalIfThere(pid, 'SIGKILL')
    expect(code).toBe(130)
    expect(tookMs).toBeLessThan(5_000)
    say(`a second signal ended it within ${tookMs} ms`)
  })
})
