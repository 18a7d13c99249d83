import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import cookie from '@fastify/cookie'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import files from '@fastify/static'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { AccessClaims } from '@iot/contracts'
import { AppError, answerOps, type Logger, type OpsState } from '@iot/runtime'
import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RawServerDefault,
} from 'fastify'
import { addRoute } from './add-route.js'
import type { DashboardFiles } from './dashboard-files.js'
import { documentationPage } from './documentation-page.js'
import { addEventsDocumentation } from './events-documentation.js'
import { type GatewayMetrics, methodLabel, refusalLabel, statusLabel } from './metrics.js'
import { markOptionalBodies, openApiFrame } from './openapi.js'
import { explain, presentProblem } from './problem.js'
import type { Route, RouteContract } from './route.js'
import type { Admission } from './security/admission.js'
import { pagePolicy } from './security/content-security-policy.js'
import { corsOptions, HELMET_OPTIONS } from './security/response-headers.js'

/** Our largest body is a device with all its tags; nobody has to send more. */
const BODY_LIMIT_BYTES = 65_536
/** How long a request may take to arrive, its head and in all: slower ones hold a connection for nothing. */
const HEAD_TIMEOUT_MS = 15_000
const REQUEST_TIMEOUT_MS = 30_000
/** Longer than the idle timeout of the proxies before us, so that they never write into a closing connection. */
const KEEP_ALIVE_MS = 72_000

const OPS_PATHS = ['/livez', '/readyz', '/health', '/metrics'] as const
/** To whom does not speak HTTP. */
const UNREADABLE_ANSWER = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

export interface HttpServerDeps {
  /** Listened on by somebody else, after `ready`. */
  readonly server: Server
  readonly routes: readonly Route[]
  readonly admission: Admission
  readonly ops: OpsState
  readonly metrics: GatewayMetrics
  readonly log: Logger
  readonly version: string
  isTrustedProxy(address: string): boolean
  readonly allowedOrigins: readonly string[]
}

export interface HttpServer {
  /** Adds the dashboard, where there is one, and makes everything answer. */
  ready(dashboard: DashboardFiles | undefined): Promise<void>
  /** Answers 503 from now on; the server itself is closed by whoever listens on it. */
  close(): Promise<void>
}

declare module 'fastify' {
  interface FastifyRequest {
    claims: AccessClaims | undefined
  }
  interface FastifyContextConfig {
    contract?: RouteContract
  }
}

/** Puts the routes on a server. The handler is attached at once, so that what is attached later goes before it. */
export function createHttpServer(deps: HttpServerDeps): HttpServer {
  const app = openApp(deps)
  app.decorateRequest('claims', undefined)
  answerErrors(app, deps)
  observe(app, deps)

  return {
    async ready(dashboard) {
      await addPlugins(app, deps, dashboard)
      for (const path of OPS_PATHS) addOps(app, path, deps.ops)
      for (const route of deps.routes) addRoute(app, route, deps.admission)
      answerTheRest(app, deps, dashboard)
      await app.ready()
    },
    close: () => app.close(),
  }
}

function openApp({ server, isTrustedProxy }: HttpServerDeps): FastifyInstance {
  server.headersTimeout = HEAD_TIMEOUT_MS
  server.requestTimeout = REQUEST_TIMEOUT_MS
  server.keepAliveTimeout = KEEP_ALIVE_MS
  const app = fastify({
    serverFactory: (handler) => server.on('request', handler) as RawServerDefault,
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: isTrustedProxy,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 512 },
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
    clientErrorHandler(_error, socket) {
      if (socket.writable) socket.end(UNREADABLE_ANSWER)
      else socket.destroy()
    },
  })
  app.removeContentTypeParser('text/plain')
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    // Clients that always say “JSON” say it of no body, too.
    if (body === '') done(null, undefined)
    else parseJson(request, body, done)
  })
  app.setSerializerCompiler(() => (body) => JSON.stringify(body))
  return app
}

async function addPlugins(app: FastifyInstance, deps: HttpServerDeps, dashboard: DashboardFiles | undefined) {
  await app.register(helmet, HELMET_OPTIONS)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('content-security-policy', pagePolicy(request.headers.host))
    reply.header('x-request-id', request.id)
    if (isApi(request)) reply.header('cache-control', 'no-store')
  })
  await app.register(cors, corsOptions(deps.allowedOrigins))
  await app.register(cookie)
  const contracts = deps.routes.map((one) => one.contract)
  await app.register(swagger, {
    openapi: openApiFrame(deps.version),
    transformObject: (made) =>
      'openapiObject' in made ? markOptionalBodies(made.openapiObject, contracts) : made.swaggerObject,
  })
  await app.register(swaggerUi, documentationPage())
  addEventsDocumentation(app)
  if (dashboard) {
    await app.register(files, {
      root: dashboard.root,
      serve: false,
      preCompressed: true,
      cacheControl: false,
      index: false,
      dotfiles: 'ignore',
    })
  }
}

function addOps(app: FastifyInstance, path: string, ops: OpsState): void {
  app.get(path, { schema: { hide: true } }, async (request, reply) => {
    reply.hijack()
    await answerOps(ops, request.raw, reply.raw)
  })
}

function answerErrors(app: FastifyInstance, { admission, metrics, log }: HttpServerDeps): void {
  app.setErrorHandler(async (error, request, reply) => {
    const told = explain(error)
    const { contract } = request.routeOptions.config
    const fields = { ...contextOf(request), code: told.code, err: error }
    if (told.code === 'UNAVAILABLE') log.warn(fields, 'a dependency is away')
    else if (told.status >= 500) log.error(fields, 'request failed')
    const refusal = refusalLabel(told.code)
    if (refusal) metrics.refusals.inc({ code: refusal })
    if (contract)
      await admission.noteFailure(contract, { claims: request.claims, address: request.ip, ...told })
    return sendProblem(error, request, reply)
  })
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const told = explain(error)
  if (told.retryAfterMs !== undefined) {
    reply.header('retry-after', Math.max(1, Math.ceil(told.retryAfterMs / 1_000)))
  }
  if (told.status === 401) reply.header('www-authenticate', 'Bearer')
  return reply
    .code(told.status)
    .type('application/problem+json')
    .send(JSON.stringify(presentProblem(told, request.id)))
}

/** Files and pages of the dashboard; what is neither is a problem, and costs an address that has no login. */
function answerTheRest(app: FastifyInstance, deps: HttpServerDeps, dashboard: DashboardFiles | undefined) {
  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?', 1)[0]!
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const file = isRead ? dashboard?.find(path, request.headers.accept) : undefined
    if (file) return reply.header('cache-control', file.cacheControl).sendFile(file.name)
    const { authorization } = request.headers
    if (isApi(request)) {
      await deps.admission.admit({ access: 'open', counts: 'every' }, { authorization, address: request.ip })
    }
    throw new AppError('NOT_FOUND', `Nothing answers ${request.method} here.`)
  })
}

function observe(app: FastifyInstance, { metrics, log }: HttpServerDeps): void {
  app.addHook('onResponse', async (request, reply) => {
    if (!isApi(request)) return
    const method = methodLabel(request.method)
    metrics.requests.inc({ method, status: statusLabel(reply.statusCode) })
    metrics.durations.observe({ method }, reply.elapsedTime / 1_000)
    const fields = { ...contextOf(request), status: reply.statusCode, ms: Math.round(reply.elapsedTime) }
    if (request.method === 'GET') log.debug(fields, 'request answered')
    else log.info(fields, 'request answered')
  })
}

/** Paths by their pattern and no query: a query may hold what is nobody's business. */
function contextOf(request: FastifyRequest) {
  const { deviceId } = (request.params ?? {}) as { deviceId?: string }
  return {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url ?? 'none',
    ...(deviceId !== undefined && { deviceId }),
    ...(request.claims && { userId: request.claims.userId }),
  }
}

function isApi(request: FastifyRequest): boolean {
  return request.url.startsWith('/api/') || request.url === '/api' || request.url.startsWith('/config.json')
}
