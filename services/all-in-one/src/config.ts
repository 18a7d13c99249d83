import { apiGatewayVariables } from '@iot/api-gateway'
import type { VariableName } from '@iot/contracts'
import { ingestionVariables } from '@iot/ingestion'
import { type Config, type ReadConfig, readConfig } from '@iot/runtime'
import { websocketVariables } from '@iot/websocket-service'
import { portsVariables } from '@iot/wiring'

const ownVariables = [
  'SERVICE_NAME',
  'LOG_LEVEL',
  'METRICS_ENABLED',
  'HOST',
  'PORT',
  'DEMO',
  'DEMO_DEVICES',
] as const satisfies readonly VariableName[]

/** What the process needs is what its parts need. */
const names = [
  ...ownVariables,
  ...portsVariables,
  ...ingestionVariables,
  ...apiGatewayVariables,
  ...websocketVariables,
] as const

export type AllInOneConfig = Config<(typeof names)[number]>

export function readAllInOneConfig(
  environment: Readonly<Record<string, string | undefined>>,
): ReadConfig<(typeof names)[number]> {
  return readConfig([...new Set(names)], environment)
}
