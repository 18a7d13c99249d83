export { createClient, type LiveClientDeps } from './create-client.js'
export type { LiveClient, LiveConnection, LiveWatcher } from './live-client.js'
export type { LiveSocket, LiveSocketEvents, OpenSocket, SocketEnd, SubscribeAnswer } from './live-socket.js'
export type { Timers } from './timers.js'
