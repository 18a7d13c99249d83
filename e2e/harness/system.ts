import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from '@iot/testkit'
import { freePorts } from './free-ports.js'

/** The built process, as `npm start` runs it. */
export const MAIN = fileURLToPath(new URL('../../services/all-in-one/dist/main.js', import.meta.url))
const DASHBOARD = fileURLToPath(new URL('../../dashboard/dist', import.meta.url))
/** Output that is kept to be shown when a test fails. */
const KEPT_CHARACTERS = 64_000

/** The whole system as a process of its own, as `npm start` runs it; the same ports and data over restarts. */
export interface System {
  readonly httpPort: number
  readonly mqttPort: number
  readonly url: string
  readonly mqttUrl: string
  readonly dataDir: string
  /** Starts the process; resolves when it has been spawned. */
  launch(): void
  /** Resolves when `/readyz` says yes. */
  ready(withinMs?: number): Promise<void>
  /** Sends a signal to the process and resolves with its exit code when it has ended. */
  end(signal: NodeJS.Signals): Promise<number | null>
  pid(): number | undefined
  /** The link that makes the first administrator, as printed. */
  setupLink(): Promise<URL>
  output(): string
  /** Ends the process and removes the data. */
  dispose(): Promise<void>
}

export async function prepareSystem(environment: Record<string, string> = {}): Promise<System> {
  const [httpPort, mqttPort] = (await freePorts(2)) as [number, number]
  const folder = await mkdtemp(join(tmpdir(), 'iot-e2e-'))
  // A space in the path, because people have them.
  const dataDir = join(folder, 'the data')
  const url = `http://127.0.0.1:${httpPort}`
  let child: ChildProcess | undefined
  let output = ''

  function launch(): void {
    child = spawn(process.execPath, [MAIN], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        HOST: '127.0.0.1',
        MQTT_HOST: '127.0.0.1',
        PORT: String(httpPort),
        MQTT_PORT: String(mqttPort),
        DATA_DIR: dataDir,
        DASHBOARD_DIR: DASHBOARD,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-KEPT_CHARACTERS)
      })
    }
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const ending = child
    if (!ending) return null
    child = undefined
    if (ending.exitCode === null && ending.signalCode === null) {
      const ended = once(ending, 'exit')
      ending.kill(signal)
      await ended
    }
    return ending.exitCode
  }

  return {
    httpPort,
    mqttPort,
    url,
    mqttUrl: `mqtt://127.0.0.1:${mqttPort}`,
    dataDir,
    launch,
    end,
    pid: () => child?.pid,
    output: () => output,
    async ready(withinMs = 60_000) {
      const isOver = () => child !== undefined && (child.exitCode !== null || child.signalCode !== null)
      await until('the system is ready', async () => isOver() || (await fetch(`${url}/readyz`)).ok, {
        withinMs,
        everyMs: 50,
      }).catch((error: Error) => {
        throw new Error(`${error.message}\n--- its output:\n${output}`)
      })
      if (isOver()) throw new Error(`the system has ended (${child?.exitCode})\n--- its output:\n${output}`)
    },
    async setupLink() {
      const text = await until(
        'the set-up link is printed',
        () => /http:\S+\/setup#token=[\w-]+/.exec(output)?.[0],
      )
      return new URL(text)
    },
    async dispose() {
      await end('SIGTERM')
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}
