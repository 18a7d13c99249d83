export { addressKey } from './address-key.js'
export { type AllowedOrigins, createAllowedOrigins } from './allowed-origins.js'
export { AppError, isRetriable, StartError } from './app-error.js'
export { brokerVerifier } from './broker-verifier.js'
export { checkTokenSecret } from './check-token-secret.js'
export { createClientAddress, peerAddress, readTrustedProxies } from './client-address.js'
export type { Component, ComponentContext, ComponentReport } from './component.js'
export { explainFolder } from './explain-folder.js'
export { createFleetListeners, type FleetListeners } from './fleet-listeners.js'
export { createHttpListener, type HttpListener, type HttpListenerOptions } from './http-listener.js'
export { createLogger, type Logger, silentLogger } from './logger.js'
export {
  type Counter,
  createMetrics,
  type Gauge,
  type Histogram,
  type MetricDefinition,
  type Metrics,
  type Tally,
} from './metrics.js'
export { answerOps, type OpsState } from './ops-server.js'
export { isOrdinaryAddress, type OutsideHosts, readOutsideHosts } from './outside-hosts.js'
export { ownVersion } from './own-version.js'
export { readAdministrator } from './read-administrator.js'
export { type Config, type ReadConfig, readConfig } from './read-config.js'
export { createRightsWatch, type RightsWatch } from './rights-watch.js'
export { type RunningComponents, runComponents } from './run-components.js'
export { type ProcessMade, type ProcessParts, runMain, serveOps } from './run-main.js'
export { runService } from './run-service.js'
export { createTokenBucket, type TokenBucket } from './token-bucket.js'
export { worstHealth } from './worst-health.js'
