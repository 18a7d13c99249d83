import { createHash } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTokenService } from '@iot/adapter-jose'
import {
  createInProcessBus,
  createMemoryAlertRuleStore,
  createMemoryAlertStore,
  createMemoryAuditStore,
  createMemoryChannelStore,
  createMemoryDeadLetterStore,
  createMemoryDeviceStore,
  createMemoryEventLog,
  createMemoryFleetChannel,
  createMemoryNotificationStore,
  createMemoryPresenceBoard,
  createMemoryRateCounter,
  createMemoryReadingStore,
  createMemoryRightsBoard,
  createMemoryUserStore,
} from '@iot/adapter-memory'
import { Problem, type Role } from '@iot/contracts'
import type { PasswordHasher } from '@iot/ports'
import { createMetrics, createRightsWatch, readConfig, silentLogger } from '@iot/runtime'
import { FakeClock } from '@iot/testkit'
import { expect } from '@jest/globals'
import { Value } from 'typebox/value'
import { apiGatewayVariables } from '../config.js'
import { errorCodesOf } from '../openapi.js'
import type { RouteContract } from '../route.js'
import { type RouteDeps, routeTable } from '../route-table.js'
import { type ApiGatewayDeps, createApiGateway } from '../service.js'

/** Every route's contract. A table is made without doing anything, so it needs nothing to be made. */
export const contracts: readonly RouteContract[] = routeTable({} as RouteDeps).map((one) => one.contract)

/** Quick, and right about who knows the password; how slow a real one must be is its own suite's matter. */
export const quickHasher: PasswordHasher = {
  hash: async (password) => createHash('sha256').update(password).digest('hex'),
  verify: async (password, hash) => hash === (await quickHasher.hash(password)),
}
export const PASSWORD = 'correct horse battery'
const passwordHash = quickHasher.hash(PASSWORD)

export interface Asked {
  readonly token?: string
  readonly body?: unknown
  readonly cookie?: string
  readonly headers?: Record<string, string>
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers whose shape the harness has checked
  readonly body: any
  /** the refresh cookie that the answer sets, as a `cookie` header; empty where it takes the cookie away */
  readonly cookie: string | undefined
}

/** A gateway on a port of its own, over the memory adapters, with a clock that is turned by hand. */
export async function openGateway(
  options: { environment?: Record<string, string>; deps?: Partial<ApiGatewayDeps> } = {},
) {
  const clock = new FakeClock()
  const logger = silentLogger()
  const server = http.createServer()
  const bus = createInProcessBus({ clock, logger, windowBytes: 1_048_576 })
  const log = createMemoryEventLog()
  await log.start({ signal: new AbortController().signal, fail: () => {} })
  const readings = createMemoryReadingStore()
  const users = createMemoryUserStore({ clock })
  const devices = createMemoryDeviceStore({ clock, sensors: (deviceId) => readings.sensorsOf(deviceId) })
  const audit = createMemoryAuditStore({ clock })
  const stores = {
    users,
    notifications: createMemoryNotificationStore({ clock, users }),
    devices,
    rules: createMemoryAlertRuleStore({ clock, devices }),
    alerts: createMemoryAlertStore({ audit, devices }),
    audit,
    channels: createMemoryChannelStore(),
    readings,
    deadLetters: createMemoryDeadLetterStore(),
    counter: createMemoryRateCounter({ clock }),
    presence: createMemoryPresenceBoard({ clock }),
  }
  const channel = createMemoryFleetChannel({ logger, metrics: createMetrics() })
  const board = createMemoryRightsBoard({ clock })
  const rights = createRightsWatch({ board, clock, logger })
  const tokens = createTokenService({ secret: 'a secret for tests of the gateway alone' })
  const gateway = createApiGateway({
    server,
    log,
    state: bus,
    ...stores,
    rights,
    board,
    channel,
    sender: { send: async () => ({ ok: true }) },
    tokens,
    passwords: quickHasher,
    clock,
    logger,
    metrics: createMetrics(),
    ops: {
      reports: () => ({}),
      draining: () => false,
      metrics: createMetrics(),
      service: 'api-gateway',
      version: '0.0.1',
    },
    system: {
      services: async () => ({ 'api-gateway': 'healthy', 'data-ingestion': 'degraded' }),
      mqttConnected: async () => true,
    },
    config: readConfig(apiGatewayVariables, { RULES_DIR: '/nowhere', ...options.environment }).config,
    version: '0.0.1',
    ...options.deps,
  })
  await gateway.start({ signal: new AbortController().signal, fail: () => {} })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function addUser(username: string, role: Role, sites?: readonly string[]) {
    const user = await stores.users.create({
      username,
      role,
      passwordHash: await passwordHash,
      ...(sites && { sites }),
    })
    return user!
  }

  /** An access token of a user who is made for it. */
  async function tokenOf(role: Role, username: string = role): Promise<string> {
    const found = await stores.users.findByUsername(username)
    const { id, version, sites } = found ?? (await addUser(username, role))
    const claims = { userId: id, username, role, userVersion: version, ...(sites && { sites: [...sites] }) }
    return (await tokens.issue(claims, clock.nowMs())).token
  }

  return {
    url,
    clock,
    log,
    bus,
    gateway,
    server,
    tokens,
    rights,
    board,
    channel,
    ...stores,
    addUser,
    tokenOf,
    ask: (method: string, path: string, asked: Asked = {}) => ask(url, method, path, asked),
    async close() {
      await gateway.stop()
      await log.stop()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export type OpenGateway = Awaited<ReturnType<typeof openGateway>>

/** Asks, and checks that the answer is what the route promises: its schema, or one of its problems. */
async function ask(url: string, method: string, path: string, asked: Asked): Promise<Answered> {
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: {
      ...(asked.token !== undefined && { authorization: `Bearer ${asked.token}` }),
      ...(asked.cookie !== undefined && { cookie: asked.cookie }),
      ...(asked.body !== undefined && { 'content-type': 'application/json' }),
      ...asked.headers,
    },
    ...(asked.body !== undefined && {
      body: typeof asked.body === 'string' ? asked.body : JSON.stringify(asked.body),
    }),
  })
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  const body = isJson ? JSON.parse(text) : text
  checkPromise(method, path, response, body)
  return { status: response.status, headers: response.headers, body, cookie: refreshCookieOf(response) }
}

function checkPromise(method: string, path: string, response: Response, body: unknown): void {
  const contract = contractOf(method, path)
  if (response.status >= 400) {
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(Value.Errors(Problem, body)).toEqual([])
    if (contract) expect(errorCodesOf(contract)).toContain((body as Problem).code)
  } else if (contract) {
    expect([contract.status, ...(contract.mayPend ? [202] : [])]).toContain(response.status)
    if (contract.answer) expect(Value.Errors(contract.answer, body)).toEqual([])
    else expect(body).toBe('')
  }
}

function contractOf(method: string, path: string): RouteContract | undefined {
  const asked = path.split('?', 1)[0]!
  return contracts.find(
    (one) => one.method === method && new RegExp(`^${one.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(asked),
  )
}

function refreshCookieOf(response: Response): string | undefined {
  const set = response.headers.getSetCookie().find((line) => line.startsWith('iot_refresh='))
  if (set === undefined) return undefined
  const pair = set.split(';', 1)[0]!
  return pair === 'iot_refresh=' ? '' : pair
}
