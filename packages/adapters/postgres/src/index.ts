export { createPostgresAlertRuleStore } from './alerts/alert-rule-store.js'
export { createPostgresAlertStore } from './alerts/alert-store.js'
export { createPostgresAuditStore } from './alerts/audit-store.js'
export { createPostgresChannelStore } from './channel-store/channel-store.js'
export { type Database, type DatabaseOptions, openDatabase, type Query } from './database.js'
export { createPostgresDeadLetterStore } from './dead-letter-store.js'
export { createPostgresDeviceStore } from './device-store.js'
export { createEmbeddedPostgres, type EmbeddedPostgres } from './embedded/embedded-postgres.js'
export {
  createPostgresEventLog,
  type PostgresEventLog,
  type PostgresEventLogOptions,
} from './event-log/event-log.js'
export { migrate } from './migrate.js'
export { createPostgresNotificationStore } from './notification-store.js'
export { hasHypertable } from './reading-store/find-time-partitions.js'
export { createPostgresReadingStore } from './reading-store/reading-store.js'
export { createPostgresSnapshotStore } from './snapshot-store.js'
export { startTestDatabase, type TestDatabase } from './testing/test-database.js'
export { createPostgresUserStore } from './user-store.js'
