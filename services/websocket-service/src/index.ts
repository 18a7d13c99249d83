export { type WebsocketConfig, websocketVariables } from './config.js'
export type { HistoryPoint } from './history/history.js'
export { createWebsocketService, type WebsocketService, type WebsocketServiceDeps } from './service.js'
