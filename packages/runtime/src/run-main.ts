import { createServer, type Server } from 'node:http'
import { hostname } from 'node:os'
import type { VariableName } from '@iot/contracts'
import { StartError } from './app-error.js'
import type { Component, ComponentReport } from './component.js'
import { createHttpListener, type HttpListener } from './http-listener.js'
import { createLogger, type Logger } from './logger.js'
import { createMetrics, type Metrics } from './metrics.js'
import { answerOps, type OpsState } from './ops-server.js'
import { type Config, readConfig } from './read-config.js'
import type { RunningComponents } from './run-components.js'
import { runService } from './run-service.js'

const OWN_VARIABLES = [
  'SERVICE_NAME',
  'LOG_LEVEL',
  'METRICS_ENABLED',
  'HOST',
  'PORT',
] as const satisfies readonly VariableName[]

const STARTING: Record<string, ComponentReport> = { start: { status: 'down', detail: 'starting' } }

/** What every process of the fleet has, ready for the service that it runs. */
export interface ProcessParts<Name extends VariableName> {
  readonly config: Config<Name | (typeof OWN_VARIABLES)[number]>
  readonly logger: Logger
  readonly metrics: Metrics
  /** The HTTP server of the process; nothing listens on it before `listener` starts. */
  readonly server: Server
  readonly listener: HttpListener
  /** How the process is, for its probes. A service with a handler of its own hands it to `answerOps`. */
  readonly ops: OpsState
  readonly version: string
  /** unique among the processes of the fleet that live */
  readonly instance: string
  readonly startedAt: Date
}

/** What a process consists of. */
export interface ProcessMade {
  /** In order of start; the stop is in reverse. */
  readonly components: readonly Component[]
  /** Says that all of it runs, instead of a line in the log. */
  onReady?(): void
}

/**
 * A whole process: reads the configuration, makes its components, runs them until it is told to stop. A start that
 * can be mended ends with exit code 78 and says how.
 */
export async function runMain<const Name extends VariableName>(options: {
  environment: Readonly<Record<string, string | undefined>>
  variables: readonly Name[]
  version: string
  create(parts: ProcessParts<Name>): Promise<ProcessMade>
  /** How long the stop may take, ms; without, runService's own limit. */
  stopLimitMs?(config: Config<Name>): number
}): Promise<never> {
  try {
    const names = [
      ...new Set<Name | (typeof OWN_VARIABLES)[number]>([...OWN_VARIABLES, ...options.variables]),
    ]
    const { config, notices } = readConfig(names, options.environment)
    const logger = createLogger({ level: config.LOG_LEVEL, service: config.SERVICE_NAME })
    for (const notice of notices) logger.warn(notice)
    const state = { running: undefined as RunningComponents | undefined, draining: false }
    const parts = createParts(config, logger, state, options.version)
    const { components, onReady } = await options.create(parts)
    const stopLimitMs = options.stopLimitMs?.(config)
    return await runService({
      log: logger,
      components,
      onReady(running) {
        state.running = running
        if (onReady) onReady()
        else logger.info('ready')
      },
      onDraining() {
        state.draining = true
      },
      ...(stopLimitMs !== undefined && { stopLimitMs }),
    })
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(error.exitCode)
  }
}

function createParts<Name extends VariableName>(
  config: Config<Name | (typeof OWN_VARIABLES)[number]>,
  logger: Logger,
  state: { readonly running: RunningComponents | undefined; readonly draining: boolean },
  version: string,
): ProcessParts<Name> {
  const metrics = createMetrics({ processMetrics: true })
  const server = createServer()
  const listener = createHttpListener({
    server,
    host: config.HOST,
    port: config.PORT,
    portVariable: 'PORT',
    log: logger,
  })
  const ops: OpsState = {
    reports: () => state.running?.reports() ?? STARTING,
    draining: () => state.draining,
    metrics: config.METRICS_ENABLED ? metrics : undefined,
    service: config.SERVICE_NAME,
    version,
  }
  const instance = `${hostname()}-${process.pid}`
  return { config, logger, metrics, server, listener, ops, version, instance, startedAt: new Date() }
}

/** The handler of a process whose HTTP port has its probes alone. */
export function serveOps(server: Server, ops: OpsState, log: Logger): void {
  server.on('request', (request, response) => {
    answerOps(ops, request, response).then(
      (isAnswered) => {
        if (!isAnswered)
          response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('not found\n')
      },
      (error: unknown) => {
        log.error({ err: error }, 'a probe failed')
        response.destroy()
      },
    )
  })
}
