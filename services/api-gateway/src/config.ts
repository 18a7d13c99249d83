import type { VariableName } from '@iot/contracts'
import type { Config } from '@iot/runtime'

/** The variables of the gateway. HOST is its listener's. */
export const apiGatewayVariables = [
  'PORT',
  'FRONTEND_URL',
  'CORS_ORIGINS',
  'TRUST_PROXY',
  'ADMIN_USERNAME',
  'ADMIN_PASSWORD',
  'ANONYMOUS_ROLE',
  'LOGIN_MAX_FAILURES',
  'RATE_LIMIT_WINDOW',
  'RATE_LIMIT_MAX_REQUESTS',
  'USER_RATE_LIMIT_PER_MINUTE',
  'SOCKET_IO_PATH',
  'MQTT_HOST',
  'MQTT_PORT',
  'DASHBOARD_DIR',
  'RULES_DIR',
  'DEMO',
] as const satisfies readonly VariableName[]

export type GatewayConfig = Config<(typeof apiGatewayVariables)[number]>
