import type { VariableName } from '@iot/contracts'
import type { Config } from '@iot/runtime'

/** The variables of websocket-service. HOST and PORT are its listener's. */
export const websocketVariables = [
  'FRONTEND_URL',
  'CORS_ORIGINS',
  'TRUST_PROXY',
  'RATE_LIMIT_WINDOW',
  'RATE_LIMIT_MAX_REQUESTS',
  'SOCKET_IO_PATH',
  'SOCKET_IO_PING_INTERVAL',
  'SOCKET_IO_PING_TIMEOUT',
  'SOCKET_IO_MAX_CLIENTS',
  'ANONYMOUS_ROLE',
  'SOCKET_IO_ALLOW_EIO3',
  'SOCKET_HANDSHAKES_PER_SECOND',
  'SOCKET_IDLE_TIMEOUT',
  'SOCKET_MAX_SUBSCRIPTIONS',
  'SOCKET_MESSAGES_PER_SECOND',
  'SOCKET_MAX_PACKET_BYTES',
  'SOCKET_MAX_CONNECTIONS_PER_USER',
  'SOCKET_MAX_CONNECTIONS_PER_ADDRESS',
  'SOCKET_BACKLOG_BYTES',
  'LIVE_WINDOW_BYTES',
  'MAX_DEVICES',
  'DRAIN_DELAY_MS',
  'DRAIN_SPREAD_MS',
] as const satisfies readonly VariableName[]

export type WebsocketConfig = Config<(typeof websocketVariables)[number]>
