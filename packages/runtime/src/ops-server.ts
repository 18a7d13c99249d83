import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ComponentReport } from './component.js'
import type { Metrics } from './metrics.js'
import { worstHealth } from './worst-health.js'

export interface OpsState {
  /** Everything that a process needs, by name. */
  reports(): Record<string, ComponentReport>
  /** True from the moment the process is told to stop. */
  draining(): boolean
  readonly metrics: Metrics | undefined
  readonly service: string
  readonly version: string
}

/**
 * Answers `/livez` (the process turns, whatever its dependencies do), `/readyz` (it can do its work; 503
 * while it drains or a part is down), `/health` (readyz with detail) and `/metrics`. Resolves with false
 * where the path is none of these.
 */
export async function answerOps(
  state: OpsState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const path = (request.url ?? '').split('?', 1)[0]
  if (request.method !== 'GET' && request.method !== 'HEAD') return false
  switch (path) {
    case '/livez':
      return send(response, 200, 'text/plain; charset=utf-8', 'ok\n')
    case '/readyz': {
      const { ready } = readiness(state)
      return send(response, ready ? 200 : 503, 'text/plain; charset=utf-8', ready ? 'ready\n' : 'not ready\n')
    }
    case '/health': {
      const { ready, status, components } = readiness(state)
      const body = {
        status,
        service: state.service,
        version: state.version,
        uptime: process.uptime(),
        components,
      }
      return send(response, ready ? 200 : 503, 'application/json', JSON.stringify(body))
    }
    case '/metrics': {
      if (!state.metrics)
        return send(response, 404, 'text/plain; charset=utf-8', 'METRICS_ENABLED is false\n')
      const { contentType, body } = await state.metrics.render()
      return send(response, 200, contentType, body)
    }
    default:
      return false
  }
}

function readiness(state: OpsState) {
  const components = state.reports()
  const worst = worstHealth(Object.values(components).map((report) => report.status))
  const status = state.draining() ? 'draining' : worst
  return { ready: !state.draining() && worst !== 'down', status, components }
}

function send(response: ServerResponse, status: number, contentType: string, body: string): true {
  response.writeHead(status, {
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(body)
  return true
}
