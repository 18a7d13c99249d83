export { type BatchReadingsOptions, batchReadings, type ReadingBatches } from './batch-readings.js'
export { createClient } from './create-client.js'
export { createRestSession, type RestSession, type RestSessionDeps } from './create-rest-session.js'
export type {
  AlertWatcher,
  IotClient,
  LiveAlerts,
  LiveClient,
  LiveClientDeps,
  LiveConnection,
  LiveEvents,
  LiveWatcher,
} from './live-client.js'
export type { LiveSocket, LiveSocketEvents, OpenSocket, SocketEnd, SubscribeAnswer } from './live-socket.js'
export type { Timers } from './timers.js'
