import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { until } from '@iot/testkit'
import { freePorts } from '../../harness/free-ports.js'
import { docker } from './docker.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const START_LIMIT_MS = 300_000
const UP = ['up', '--detach', '--no-build', '--wait']
const BUILD_LIMIT_MS = 1_200_000
/** Of the last lines of a log that are shown when something failed. */
const SHOWN_LINES = '60'

/** The whole fleet in containers of its own, on free ports of 127.0.0.1. */
export interface Stack {
  /** the front door */
  readonly url: string
  /** websocket-service and its replica, each by itself, past the front door's choice */
  readonly replicaUrls: readonly [string, string]
  /** the durable listener, before all bridges */
  readonly mqttUrl: string
  /** Mosquitto */
  readonly brokerUrl: string
  readonly statsUrl: string
  readonly prometheusUrl: string
  /** `docker compose` with this stack's names and ports. */
  compose(args: readonly string[], limitMs?: number): Promise<string>
  /** The containers of a service, running or not. */
  containers(service: string): Promise<string[]>
  logs(service: string): Promise<string>
  /** Runs so many containers of a service; resolves when they are healthy. */
  scale(service: string, containers: number): Promise<void>
  /** The link that makes the first administrator, as a gateway has logged it. */
  setupLink(): Promise<URL>
  /** Resolves when every container with a health check is healthy. */
  healthy(withinMs?: number): Promise<void>
  /** Takes everything away, data too. */
  dispose(): Promise<void>
}

/** Builds the images, once per run of the machine as far as nothing has changed. */
export async function buildImages(): Promise<void> {
  await docker(['compose', 'build'], {
    cwd: ROOT,
    env: process.env,
    limitMs: BUILD_LIMIT_MS,
  })
}

export async function startStack(
  settings: Record<string, string> = {},
  /** services of a profile that are wanted too */
  more: readonly string[] = [],
): Promise<Stack> {
  const ports = await freePorts(11)
  const name = `iot-e2e-${randomBytes(3).toString('hex')}`
  const third = 100 + (randomBytes(1)[0]! % 100)
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    ...(process.env.DOCKER_HOST && { DOCKER_HOST: process.env.DOCKER_HOST }),
    ...portSettings(ports),
    FRONT_DOOR_BIND: '127.0.0.1',
    TLS_BIND: '127.0.0.1',
    FRONTEND_URL: `http://127.0.0.1:${ports[0]}`,
    EDGE_SUBNET: `10.214.${third}.0/24`,
    EDGE_IP_RANGE: `10.214.${third}.128/25`,
    EDGE_PROXY_ADDRESS: `10.214.${third}.2`,
    USER_RATE_LIMIT_PER_MINUTE: '100000',
    SOCKET_MAX_CONNECTIONS_PER_USER: '10000',
    SOCKET_MAX_CONNECTIONS_PER_ADDRESS: '10000',
    // Watchers count every reading: one that this machine keeps waiting shall not get the newest alone.
    SOCKET_BACKLOG_BYTES: '16777216',
    RATE_LIMIT_MAX_REQUESTS: '100000',
    ...settings,
  }
  const compose = (args: readonly string[], limitMs?: number) =>
    docker(['compose', '-p', name, ...args], { cwd: ROOT, env, ...(limitMs !== undefined && { limitMs }) })

  async function dispose(): Promise<void> {
    await compose(['--profile', '*', 'down', '--volumes', '--timeout', '5', '--remove-orphans'])
  }

  try {
    await compose([...UP], START_LIMIT_MS)
    if (more.length > 0) await compose([...UP, ...more], START_LIMIT_MS)
  } catch (error) {
    const states = await compose(['ps', '--all']).catch(String)
    const logs = await compose(['logs', '--no-color', '--tail', SHOWN_LINES]).catch(String)
    await dispose()
    throw new Error(`the fleet did not start: ${(error as Error).message}\n${states}\n${logs}`)
  }

  const list = async (service: string) =>
    (await compose(['ps', '--all', '--quiet', service])).split('\n').filter((id) => id !== '')
  return {
    url: `http://127.0.0.1:${ports[0]}`,
    replicaUrls: [`http://127.0.0.1:${ports[3]}`, `http://127.0.0.1:${ports[4]}`],
    mqttUrl: `mqtt://127.0.0.1:${ports[1]}`,
    brokerUrl: `mqtt://127.0.0.1:${ports[2]}`,
    statsUrl: `http://127.0.0.1:${ports[7]}`,
    prometheusUrl: `http://127.0.0.1:${ports[10]}`,
    compose,
    containers: list,
    async scale(service, containers) {
      await compose([...UP, '--no-recreate', '--scale', `${service}=${containers}`, service], START_LIMIT_MS)
    },
    logs: (service) => compose(['logs', '--no-color', '--no-log-prefix', service]),
    async setupLink() {
      const text = await until(
        'the set-up link is logged',
        async () =>
          /http:\/\/[^\s"]+\/setup#token=[\w-]+/.exec(
            await compose(['logs', '--no-color', 'api-gateway']),
          )?.[0],
        { withinMs: 60_000, everyMs: 500 },
      )
      return new URL(text)
    },
    async healthy(withinMs = 120_000) {
      await until(
        'every container is healthy',
        async () => isHealthy(await compose(['ps', '--format', 'json'])),
        {
          withinMs,
          everyMs: 500,
        },
      )
    },
    dispose,
  }
}

function portSettings(ports: readonly number[]): Record<string, string> {
  const names = [
    'FRONT_DOOR_PORT',
    'MQTT_LISTENER_PORT',
    'MQTT_BROKER_PORT',
    'WEBSOCKET_PORT',
    'WEBSOCKET_REPLICA_PORT',
    'GATEWAY_PORT',
    'INGESTION_PORT',
    'STATS_PORT',
    'TLS_PORT',
    'TLS_REDIRECT_PORT',
    'PROMETHEUS_PORT',
  ]
  return Object.fromEntries(names.map((name, at) => [name, String(ports[at])]))
}

/** One JSON object per line; a container that is not running is not in the list. */
function isHealthy(listing: string): boolean {
  const containers = listing
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { State: string; Health: string })
  return (
    containers.length > 0 &&
    containers.every(({ State, Health }) => State === 'running' && (Health === '' || Health === 'healthy'))
  )
}
