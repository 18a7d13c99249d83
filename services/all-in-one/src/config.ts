import { apiGatewayVariables } from '@iot/api-gateway'
import type { VariableName } from '@iot/contracts'
import { ingestionVariables } from '@iot/ingestion'
import { websocketVariables } from '@iot/websocket-service'
import { portsVariables } from '@iot/wiring'

/** What the process needs is what its parts need. */
export const allInOneVariables = [
  'DEMO',
  'DEMO_DEVICES',
  ...portsVariables,
  ...ingestionVariables,
  ...apiGatewayVariables,
  ...websocketVariables,
] as const satisfies readonly VariableName[]

export type AllInOneVariable = (typeof allInOneVariables)[number]
