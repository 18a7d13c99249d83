import { CLIENT_EVENTS, SERVER_EVENTS } from '@iot/contracts'
import type { Metrics } from '@iot/runtime'
import { CLOSE_REASONS } from './sessions/close-reason.js'
import { HANDSHAKE_LIMITS } from './sessions/handshake.js'

const REFUSALS = [
  'UNAUTHENTICATED',
  'TOKEN_EXPIRED',
  'RATE_LIMITED',
  'TOO_MANY_CONNECTIONS',
  'ORIGIN_REFUSED',
  'UNAVAILABLE',
] as const
const OUTCOMES = [
  'ok',
  'VALIDATION_FAILED',
  'RATE_LIMITED',
  'TOO_MANY_SUBSCRIPTIONS',
  'NOT_FOUND',
  'UNAUTHENTICATED',
  'TOKEN_EXPIRED',
  'FORBIDDEN',
  'CONFLICT',
  'RANGE_TOO_LARGE',
  'UNAVAILABLE',
  'INTERNAL',
] as const

export type WebsocketMetrics = ReturnType<typeof createWebsocketMetrics>

/** Every metric of websocket-service, once. */
export function createWebsocketMetrics(
  metrics: Metrics,
  gauges: { connections(): number; users(): number; lagging(): number; sitesAgeMs(): number },
) {
  metrics.gauge({
    name: 'iot_socket_connections',
    help: 'Connections of this replica.',
    collect: gauges.connections,
  })
  metrics.gauge({ name: 'iot_socket_users', help: 'Users connected to this replica.', collect: gauges.users })
  metrics.gauge({
    name: 'iot_socket_lagging_clients',
    help: 'Clients that wait for their backlog to drain.',
    collect: gauges.lagging,
  })
  metrics.gauge({
    name: 'iot_socket_sites_age_seconds',
    help: 'How long ago this replica last heard from the store at which sites devices are; 0 to 2 while it answers.',
    collect: () => gauges.sitesAgeMs() / 1_000,
  })
  return {
    refused: metrics.counter({
      name: 'iot_socket_handshakes_refused_total',
      help: 'Handshakes refused.',
      labels: { code: REFUSALS },
    }),
    limits: metrics.counter({
      name: 'iot_socket_handshake_limits_total',
      help: 'Handshakes refused for a limit, by which.',
      labels: { limit: HANDSHAKE_LIMITS },
    }),
    closed: metrics.counter({
      name: 'iot_socket_closed_total',
      help: 'Sessions that this side ended, by why.',
      labels: { reason: CLOSE_REASONS },
    }),
    calls: metrics.counter({
      name: 'iot_socket_calls_total',
      help: 'Events from clients by what became of them; `unknown`: no event of ours.',
      labels: { event: [...Object.keys(CLIENT_EVENTS), 'unknown'], outcome: OUTCOMES },
    }),
    frames: metrics.counter({
      name: 'iot_socket_frames_total',
      help: 'Frames written, by event.',
      labels: { event: Object.keys(SERVER_EVENTS) },
    }),
    readings: metrics.counter({
      name: 'iot_socket_readings_total',
      help: 'Readings written to clients, over all of them.',
    }),
    gaps: metrics.counter({
      name: 'iot_socket_bus_gaps_total',
      help: 'Gaps on the live bus.',
      labels: { outcome: ['filled', 'lost'] },
    }),
    resumes: metrics.counter({
      name: 'iot_socket_resumes_total',
      help: 'Subscribes with `since`: recovered, or why they got a snapshot instead.',
      labels: { outcome: ['recovered', 'latest', 'lagging', 'epoch', 'ahead', 'trimmed', 'too_many'] },
    }),
    slow: metrics.counter({
      name: 'iot_socket_slow_clients_total',
      help: 'Clients too slow for their feed: given newest values only, or closed.',
      labels: { outcome: ['conflated', 'closed'] },
    }),
  }
}
