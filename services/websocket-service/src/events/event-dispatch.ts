import type { ConnectionFigures } from '@iot/contracts'
import type { AlertStore, Clock, DeviceStore, LiveState, ReadingStore } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { WebsocketConfig } from '../config.js'
import { createHistoryHandler } from '../history/history.js'
import type { WebsocketMetrics } from '../metrics.js'
import type { Delivery } from '../outbox/delivery.js'
import type { SystemFeed } from '../system/system-feed.js'
import type { Heads } from '../window/heads.js'
import { createActiveAlerts } from './active-alerts.js'
import { createAskHandlers } from './ask.js'
import { createDispatcher, type Handler } from './dispatcher.js'
import type { JoiningDeps } from './joining.js'
import type { Notices } from './notices.js'
import { createSnapshots } from './snapshots.js'
import { createSubscribeHandlers } from './subscribe.js'
import { createSubscribeAlertsHandlers } from './subscribe-alerts.js'

export interface EventDispatchDeps {
  readonly state: LiveState
  readonly readings: ReadingStore
  readonly alerts: Pick<AlertStore, 'list'>
  readonly devices: DeviceStore
  readonly heads: Heads
  readonly delivery: Delivery
  readonly clock: Clock
  readonly logger: Logger
  readonly socketMetrics: WebsocketMetrics
  readonly config: WebsocketConfig
  readonly system: SystemFeed
  readonly refreshAuth: Handler
  readonly notices: Notices
  figures(): ConnectionFigures
}

export type EventDispatch = ReturnType<typeof createEventDispatch>

/** Every event of the contract with its handler. */
export function createEventDispatch(deps: EventDispatchDeps) {
  const { config, delivery, heads, logger, socketMetrics } = deps
  const snapshots = createSnapshots({ state: deps.state, directory: delivery.directory })
  const joining: JoiningDeps = {
    ...delivery,
    heads,
    maxSubscriptions: config.SOCKET_MAX_SUBSCRIPTIONS,
    onResume: (outcome) => socketMetrics.resumes.inc({ outcome }),
  }
  const subscribing = createSubscribeHandlers({ ...joining, snapshots })
  const activeAlerts = createActiveAlerts({ ...delivery, store: deps.alerts, clock: deps.clock, logger })
  const ofAlerts = createSubscribeAlertsHandlers({ ...joining, activeAlerts })
  const ask = createAskHandlers({
    directory: delivery.directory,
    snapshots,
    clock: deps.clock,
    figures: deps.figures,
  })
  return createDispatcher({
    handlers: {
      'subscribe:device': subscribing.subscribeDevice,
      'unsubscribe:device': subscribing.unsubscribeDevice,
      'subscribe-all-devices': subscribing.subscribeAllDevices,
      'unsubscribe-all-devices': subscribing.unsubscribeAllDevices,
      'subscribe:all': subscribing.subscribeAll,
      'unsubscribe:all': subscribing.unsubscribeAll,
      'subscribe-alerts': ofAlerts.subscribeAlerts,
      'unsubscribe-alerts': ofAlerts.unsubscribeAlerts,
      'subscribe-system': deps.system.subscribe,
      'unsubscribe-system': deps.system.unsubscribe,
      'request:latest': ask.latest,
      'request:status': ask.status,
      'get:history': createHistoryHandler({ ...deps, directory: delivery.directory }),
      'send:notification': deps.notices.send,
      'notifications:read': deps.notices.read,
      'auth:refresh': deps.refreshAuth,
      ping: ask.ping,
    },
    messagesPerSecond: config.SOCKET_MESSAGES_PER_SECOND,
    logger,
    metrics: socketMetrics,
    nowMs: () => performance.now(),
    onAbuse: (session) => delivery.slow.close(session, 'too many messages'),
  })
}
