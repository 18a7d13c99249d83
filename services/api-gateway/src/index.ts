export { apiGatewayVariables, type GatewayConfig } from './config.js'
export { type ApiGateway, type ApiGatewayDeps, createApiGateway } from './service.js'
export type { SystemView } from './system-view.js'
