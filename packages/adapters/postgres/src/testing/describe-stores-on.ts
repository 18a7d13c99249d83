import {
  describeAlertRuleStore,
  describeAlertStore,
  describeAuditStore,
  describeChannelStore,
  describeDeadLetterStore,
  describeDeviceStore,
  describeNotificationStore,
  describeUserStore,
} from '@iot/conformance'
import { afterAll, beforeAll } from '@jest/globals'
import { createPostgresAlertRuleStore } from '../alerts/alert-rule-store.js'
import { createPostgresAlertStore } from '../alerts/alert-store.js'
import { createPostgresAuditStore } from '../alerts/audit-store.js'
import { createPostgresChannelStore } from '../channel-store/channel-store.js'
import type { Database } from '../database.js'
import { createPostgresDeadLetterStore } from '../dead-letter-store.js'
import { createPostgresDeviceStore } from '../device-store.js'
import { createPostgresNotificationStore } from '../notification-store.js'
import { createPostgresUserStore } from '../user-store.js'
import { describeAlertsOn } from './describe-alerts-on.js'
import type { TestDatabase } from './test-database.js'

/** People, devices and dead letters on any PostgreSQL server. */
export function describeStoresOn(name: string, startServer: () => Promise<TestDatabase>): void {
  let server: TestDatabase
  let database: Database
  beforeAll(async () => {
    server = await startServer()
    database = server.openDatabase()
  })
  afterAll(async () => {
    await database?.end()
    await server?.close()
  })

  /** Of few rows, faster than TRUNCATE by far. */
  async function empty(...tables: string[]): Promise<void> {
    for (const table of tables) await database.query(`DELETE FROM ${table}`)
  }

  // First: it looks at the database as the migrations have left it.
  describeAlertsOn(name, () => server)
  describeUserStore(name, async () => {
    await database.query('TRUNCATE users, setup_token, session_families, rights_changes CASCADE')
    return createPostgresUserStore({ database })
  })
  describeNotificationStore(name, async (bounds) => {
    await database.query('TRUNCATE users, notifications CASCADE')
    return {
      store: createPostgresNotificationStore({ database, ...bounds }),
      users: createPostgresUserStore({ database }),
    }
  })
  describeDeviceStore(name, async () => {
    await database.query('TRUNCATE devices CASCADE')
    return createPostgresDeviceStore({ database })
  })
  describeChannelStore(name, async () => {
    await database.query('TRUNCATE notification_channels, told_alerts CASCADE')
    return createPostgresChannelStore({ database })
  })
  describeDeadLetterStore(name, async () => {
    await database.query('TRUNCATE dead_letters')
    return createPostgresDeadLetterStore({ database })
  })
  describeAuditStore(name, async () => {
    await empty('audit_log')
    return createPostgresAuditStore({ database })
  })
  describeAlertStore(name, async () => {
    await empty('alerts', 'alert_action_outcomes', 'alert_log_places', 'audit_log', 'devices')
    return {
      store: createPostgresAlertStore({ database }),
      audit: createPostgresAuditStore({ database }),
      devices: createPostgresDeviceStore({ database }),
    }
  })
  describeAlertRuleStore(name, async (bounds) => {
    await empty('alert_rules', 'maintenance_windows', 'devices')
    return {
      store: createPostgresAlertRuleStore({ database, ...bounds }),
      devices: createPostgresDeviceStore({ database }),
    }
  })
}
