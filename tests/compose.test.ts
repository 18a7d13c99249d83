import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { COMPOSE_VARIABLES, VARIABLES } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { pagePolicy } from '../services/api-gateway/src/security/content-security-policy.js'
import { root } from './source-tree.js'

interface Service {
  image?: string
  build?: unknown
  user?: string
  read_only?: boolean
  restart?: string
  cap_drop?: string[]
  cap_add?: string[]
  privileged?: boolean
  security_opt?: string[]
  networks?: string[] | Record<string, unknown>
  network_mode?: string
  environment?: Record<string, string | number | null>
  volumes?: string[]
  ports?: string[]
  command?: string | string[]
  profiles?: string[]
  healthcheck?: { test?: string[]; disable?: boolean }
  logging?: { options?: Record<string, string> }
  deploy?: { resources?: { limits?: Record<string, string> }; replicas?: number }
  stop_grace_period?: string
}

const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8')
const compose = parse(text, { merge: true }) as {
  services: Record<string, Service>
  networks: Record<string, { internal?: boolean } | null>
  volumes: Record<string, unknown>
}
const services = Object.entries(compose.services)
const known = new Set([
  ...Object.keys(COMPOSE_VARIABLES),
  ...Object.entries(VARIABLES).flatMap(([name, schema]) =>
    'secret' in schema && schema.secret ? [name, `${name}_FILE`] : [name],
  ),
])
/** Of other programs that run in these containers. */
const FOREIGN =
  /^(NODE_OPTIONS|UV_THREADPOOL_SIZE|KAFKA_.+|EXTRA_ARGS|POSTGRES_.+|NO_TS_TUNE|TIMESCALEDB_.+|GF_.+)$/
/** The front door’s ports for everybody. MQTT is for everybody once MQTT_BIND says so, and then with logins. */
const PUBLIC_BINDS = ['FRONT_DOOR_BIND', 'TLS_BIND', 'MQTT_BIND']

/** `NAME` and `NAME:-default` of every `${…}`, those inside a default too. */
function interpolations(): { name: string; fallback: string | undefined }[] {
  const found: { name: string; fallback: string | undefined }[] = []
  for (const match of text.matchAll(/(?<!\$)\$\{([A-Z][A-Z0-9_]*)(?::-((?:[^{}]|\$\{[^{}]*\})*))?\}/g)) {
    found.push({ name: match[1]!, fallback: match[2] })
    for (const inner of (match[2] ?? '').matchAll(/\$\{([A-Z][A-Z0-9_]*):-([^{}]*)\}/g)) {
      found.push({ name: inner[1]!, fallback: inner[2] })
    }
  }
  return found
}

describe('docker-compose.yml', () => {
  it('reads no variable that .env.example does not name', () => {
    expect(interpolations().length).toBeGreaterThan(30)
    expect([...new Set(interpolations().map(({ name }) => name))].filter((name) => !known.has(name))).toEqual(
      [],
    )
  })

  it('uses each of its own variables, with the default that the reference tells', () => {
    const broken = Object.entries(COMPOSE_VARIABLES).flatMap(([name, variable]) => {
      const uses = interpolations().filter((use) => use.name === name)
      const isPassedOn = services.some(([, { environment }]) => environment && name in environment)
      if (uses.length === 0 && !isPassedOn) return [`${name} is not used`]
      return uses
        .filter(({ fallback }) => fallback !== variable.default)
        .map(({ fallback }) => `${name}: ${fallback} here, ${variable.default} in the reference`)
    })
    expect(broken).toEqual([])
  })

  it('gives containers only variables that some program reads', () => {
    const given = services.flatMap(([, { environment }]) => Object.keys(environment ?? {}))
    expect(given.length).toBeGreaterThan(50)
    expect([...new Set(given)].filter((name) => !known.has(name) && !FOREIGN.test(name))).toEqual([])
  })

  it('holds no secret: they come from files', () => {
    const secrets = Object.entries(VARIABLES).flatMap(([name, schema]) =>
      'secret' in schema && schema.secret ? [name] : [],
    )
    const broken = services.flatMap(([service, { environment }]) =>
      Object.entries(environment ?? {})
        .filter(([name, value]) => secrets.includes(name) && value !== null)
        .map(([name]) => `${service}: ${name}`),
    )
    expect(broken).toEqual([])
  })

  it.each(services)('%s has no more rights than it needs', (_, service) => {
    expect(service.read_only).toBe(true)
    expect(service.cap_drop).toEqual(['ALL'])
    expect(service.cap_add).toBeUndefined()
    expect(service.privileged).toBeUndefined()
    expect(service.security_opt).toContain('no-new-privileges:true')
    // Kafka's image runs as a user of its own under a name that is not the same everywhere.
    if (!service.image?.startsWith('apache/kafka')) expect(service.user).toMatch(/^(?!root|0(:|$))/)
    expect(service.volumes?.join(' ') ?? '').not.toContain('docker.sock')
  })

  it.each(services)(
    '%s is bounded, says whether it starts again by itself, and its log is turned over',
    (_, service) => {
      expect(service.deploy?.resources?.limits).toMatchObject({
        cpus: expect.any(String),
        memory: expect.any(String),
      })
      expect(service.logging?.options).toMatchObject({
        'max-size': expect.any(String),
        'max-file': expect.any(String),
      })
      expect(service.restart).toBeDefined()
    },
  )

  it('tells for everything that keeps running whether it is well, without curl', () => {
    const oneShots = ['secrets', 'migrate']
    const exempt = [...oneShots, 'simulator', 'grafana']
    const unchecked = services
      .filter(([name, { healthcheck }]) => !exempt.includes(name) && !healthcheck?.test)
      .map(([name]) => name)
    expect(unchecked).toEqual([])
    expect(JSON.stringify(services.map(([, { healthcheck }]) => healthcheck))).not.toMatch(/curl|wget|node/)
  })

  it('publishes what is for nobody else on 127.0.0.1', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? [])
    expect(ports.length).toBeGreaterThan(10)
    const elsewhere = ports.filter((port) => !port.startsWith('127.0.0.1:'))
    expect(elsewhere.filter((port) => !PUBLIC_BINDS.some((bind) => port.startsWith(`\${${bind}:-`)))).toEqual(
      [],
    )
    expect(COMPOSE_VARIABLES.MQTT_BIND.default).toBe('127.0.0.1')
  })

  it('keeps data and logs where nothing from outside reaches them', () => {
    expect(compose.networks.backend?.internal).toBe(true)
    for (const name of ['kafka', 'redis', 'timescaledb']) {
      expect(compose.services[name]?.networks).toEqual(['backend'])
      expect(compose.services[name]?.ports).toBeUndefined()
    }
    expect(Object.keys(compose.services.haproxy?.networks ?? {})).toEqual(['edge'])
  })

  it('names volumes with words, and mounts only files that are there', () => {
    const mounts = services
      .flatMap(([, service]) => service.volumes ?? [])
      .map((mount) => mount.split(':')[0]!)
    const folders = mounts.filter((source) => source.startsWith('./'))
    expect(folders.filter((folder) => !existsSync(join(root, folder)))).toEqual([])
    const named = mounts.filter((source) => !source.startsWith('./'))
    expect(named.filter((name) => !(name in compose.volumes) || name.length < 2)).toEqual([])
    expect(Object.keys(compose.volumes).filter((name) => !named.includes(name))).toEqual([])
  })

  it('can scale every service of ours while it runs: none has a port or a name of its own', () => {
    expect(text).not.toContain('container_name')
    for (const name of [
      'bridge',
      'live',
      'archive',
      'websocket-service',
      'websocket-service-replica',
      'api-gateway',
    ]) {
      expect(compose.services[name]?.ports).toBeUndefined()
    }
    for (const name of ['bridge', 'live', 'api-gateway'])
      expect(compose.services[name]?.deploy?.replicas).toBe(2)
  })

  it('gives a websocket replica longer to stop than its drain takes', () => {
    const drain = ['DRAIN_DELAY_MS', 'DRAIN_SPREAD_MS'].map((name) => {
      const use = interpolations().find((one) => one.name === name)
      return Number(use?.fallback)
    })
    const graceMs = Number.parseInt(COMPOSE_VARIABLES.WEBSOCKET_STOP_GRACE.default, 10) * 1_000
    expect(graceMs).toBeGreaterThanOrEqual(drain[0]! + drain[1]! + 10_000)
    // HAProxy has asked twice by then.
    expect(drain[0]).toBeGreaterThanOrEqual(4_000)
  })
})

describe('config/websocket.json', () => {
  it('holds variables of ours, and no secret', () => {
    const settings = JSON.parse(readFileSync(join(root, 'config/websocket.json'), 'utf8')) as Record<
      string,
      unknown
    >
    expect(Object.keys(settings).length).toBeGreaterThan(0)
    for (const [name, value] of Object.entries(settings)) {
      expect(VARIABLES).toHaveProperty(name)
      expect((VARIABLES[name as keyof typeof VARIABLES] as { default?: unknown }).default).toBe(value)
    }
  })
})

describe('haproxy/haproxy.cfg', () => {
  const config = readFileSync(join(root, 'haproxy/haproxy.cfg'), 'utf8')

  it('leaves a silent socket open for longer than a ping and its answer may take', () => {
    const tunnelMs = Number(/timeout tunnel (\d+)s/.exec(config)?.[1]) * 1_000
    const pingMs = VARIABLES.SOCKET_IO_PING_INTERVAL.default + VARIABLES.SOCKET_IO_PING_TIMEOUT.default
    expect(tunnelMs).toBeGreaterThan(pingMs)
  })

  it('sends to services that the compose file has, at their ports', () => {
    const targets = [...config.matchAll(/server-template \w+ \S+ ([a-z-]+):(\d+)/g)]
    expect(targets.length).toBeGreaterThan(6)
    for (const [, service = '', port] of targets) {
      expect(compose.services).toHaveProperty(service)
      const { environment = {} } = compose.services[service]!
      const ports = [environment.PORT, environment.MQTT_PORT, service === 'dashboard' ? 8080 : undefined]
      expect(ports.map(String)).toContain(port)
    }
  })
})

describe('dashboard/nginx.conf', () => {
  it('has the policy for pages that the gateway has', () => {
    const nginx = readFileSync(join(root, 'dashboard/nginx.conf'), 'utf8')
    const policy = /add_header Content-Security-Policy "([^"]+)"/.exec(nginx)?.[1]
    expect(policy?.replace('$socket_sources', ' ws://a.b:80 wss://a.b:80')).toBe(pagePolicy('a.b:80'))
  })
})
