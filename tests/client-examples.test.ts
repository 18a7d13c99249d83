import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { systemClock } from '../packages/ports/src/clock.js'
import { until } from '../packages/testkit/src/until.js'
import { type OpenGateway, openGateway, PASSWORD } from '../services/api-gateway/src/testing/open-gateway.js'
import { type Harness, startHarness } from '../services/websocket-service/src/testing/harness.js'
import { root } from './source-tree.js'

/** A program that is read from its sources starts in a second, and on a machine with other work in many. */
const START_MS = 50_000

const folder = join(root, 'packages/client')
const examples = readdirSync(join(folder, 'examples'))

let sockets: Harness
let gateway: OpenGateway
const children: ChildProcess[] = []

beforeAll(async () => {
  sockets = await startHarness()
  gateway = await openGateway({
    deps: { clock: systemClock, state: sockets.bus, tokens: sockets.tokens },
  })
  await gateway.addUser('ada', 'operator')
  joinOrigins()
  await sockets.publisher.readings({ deviceId: 'pump-1', sensorType: 'temperature', value: 21.5 })
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await gateway.close()
  await sockets.stop()
})

/** One origin for both, as the front door has it. */
function joinOrigins(): void {
  const [answer] = gateway.server.listeners('request')
  gateway.server.removeAllListeners('request')
  gateway.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.url!.startsWith('/socket.io')) sockets.server.emit('request', request, response)
    else answer!(request, response)
  })
  gateway.server.on('upgrade', (...args) => sockets.server.emit('upgrade', ...args))
}

/** A program of its own, as a reader would run it, and what it has printed so far. */
function run(example: string): { printed: () => string; ended: Promise<number | null> } {
  let text = ''
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--conditions=source', join(folder, 'examples', example)],
    {
      cwd: root,
      env: {
        PATH: process.env.PATH,
        IOT_URL: gateway.url,
        IOT_DEVICE: 'pump-1',
        IOT_USERNAME: 'ada',
        IOT_PASSWORD: PASSWORD,
      },
    },
  )
  children.push(child)
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part: Buffer) => {
      text += part.toString()
    })
  }
  return { printed: () => text, ended: new Promise((resolve) => child.once('exit', resolve)) }
}

async function prints({ printed }: { printed: () => string }, wanted: RegExp): Promise<void> {
  try {
    await until(String(wanted), () => wanted.test(printed()), { withinMs: START_MS })
  } catch (error) {
    throw new Error(`it printed:\n${printed()}`, { cause: error })
  }
}

describe('the examples of the client', () => {
  it('stand in its README as they are run here', () => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8')
    const shown = [...readme.matchAll(/`examples\/([\w-]+\.ts)`:\n\n```ts\n([\s\S]*?)```/g)]
    expect(shown.map(([, name]) => name).sort()).toEqual([...examples].sort())
    for (const [, name, code] of shown) {
      expect(code).toBe(readFileSync(join(folder, 'examples', name!), 'utf8'))
    }
    expect(readme.match(/```ts/g)).toHaveLength(shown.length)
  })

  it('watch a device', async () => {
    const program = run('watch-a-device.ts')
    await prints(program, /connection: live/)
    await prints(program, /temperature 21.5/)
    await sockets.publisher.readings({ deviceId: 'pump-1', sensorType: 'temperature', value: 22.25 })
    await sockets.publisher.status('pump-1', 'maintenance')
    await prints(program, /temperature 22.25/)
    await prints(program, /status: maintenance/)
  })

  it('watch alerts', async () => {
    await sockets.publisher.alerts({ alertId: 'a', deviceId: 'pump-1', message: 'pump-1 is hot' })
    const program = run('watch-alerts.ts')
    await prints(program, /active: 1/)
    await prints(program, /warning open pump-1 is hot/)
    await sockets.publisher.alerts(
      { alertId: 'a', deviceId: 'pump-1', seq: 2, transition: 'acknowledged', by: 'bo', message: 'hot' },
      { type: 'system', severity: 'critical', message: 'the archive is behind' },
    )
    await prints(program, /acknowledged warning hot by bo/)
    await prints(program, /opened critical the archive is behind/)
  })

  it('ask for the past and end', async () => {
    const program = run('ask-for-history.ts')
    await prints(program, /welcome ada/)
    expect(await program.ended).toBe(0)
    expect(program.printed()).not.toMatch(/refused|Error/)
  })

  it('gather single readings', async () => {
    const program = run('gather-readings.ts')
    await prints(program, /subscribed: true/)
    const samples = Array.from({ length: 60 }, (_, value) => ({ deviceId: 'pump-1', value }))
    await sockets.publisher.readings(...samples)
    const batches = () => [...program.printed().matchAll(/a batch of (\d+)/g)].map(([, size]) => Number(size))
    await until('all of them', () => batches().reduce((sum, size) => sum + size, 0) === samples.length)
    expect(batches().length).toBeLessThan(samples.length / 4)
    for (const size of batches()) expect(size).toBeLessThanOrEqual(50)
  })
})
