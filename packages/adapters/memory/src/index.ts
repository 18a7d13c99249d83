export { createMemoryAlertRuleStore } from './alert-rule-store.js'
export { createMemoryAlertStore } from './alert-store.js'
export { createMemoryAuditStore } from './audit-store.js'
export { createMemoryDeadLetterStore } from './dead-letter-store.js'
export { createMemoryDeviceStore } from './device-store.js'
export { createMemoryEventLog, type MemoryEventLog } from './event-log.js'
export { createMemoryFleetChannel } from './fleet-channel.js'
export { createInProcessBus, type InProcessBus, type InProcessBusDeps } from './live-bus.js'
export { createMemoryNotificationStore } from './notification-store.js'
export { createMemoryPresenceBoard } from './presence-board.js'
export { createMemoryRateCounter } from './rate-counter.js'
export {
  createMemoryReadingStore,
  type MemoryReadingStore,
} from './reading-store.js'
export { createMemoryRightsBoard } from './rights-board.js'
export { createMemoryServiceRegistry } from './service-registry.js'
export { createMemorySnapshotStore } from './snapshot-store.js'
export { createMemoryUserStore } from './user-store.js'
