import type {
  AlertRuleStore,
  AlertSender,
  AuditStore,
  ChannelStore,
  Clock,
  DeadLetterStore,
  DeviceStore,
  EventLog,
  FleetChannel,
  LiveState,
  NotificationStore,
  PasswordHasher,
  PresenceBoard,
  ReadingStore,
  UserStore,
} from '@iot/ports'
import type { AllowedOrigins, Logger } from '@iot/runtime'
import type { AlertActs } from './alerts/act-on-alerts.js'
import type { ActiveAlerts } from './alerts/active-alerts.js'
import type { RuleFiles } from './alerts/rule-files.js'
import type { VisibleAlerts } from './alerts/visible-alerts.js'
import type { Auditor } from './audit.js'
import type { GatewayConfig } from './config.js'
import type { LoginThrottle } from './limits/login-throttle.js'
import type { Route } from './route.js'
import { alertPreviewRoutes } from './routes/alert-preview.js'
import { alertRuleRoutes } from './routes/alert-rules.js'
import { alertRoutes } from './routes/alerts.js'
import { auditRoutes } from './routes/audit.js'
import { authRoutes } from './routes/auth.js'
import { bulkAlertRoutes } from './routes/bulk-alerts.js'
import { channelDeliveryRoutes } from './routes/channel-deliveries.js'
import { connectionRoutes } from './routes/connections.js'
import { credentialRoutes } from './routes/credentials.js'
import { dashboardConfigRoutes } from './routes/dashboard-config.js'
import { deadLetterRoutes } from './routes/dead-letters.js'
import { deviceReadingRoutes } from './routes/device-readings.js'
import { deviceRoutes } from './routes/devices.js'
import { maintenanceRoutes } from './routes/maintenance.js'
import { channelRoutes } from './routes/notification-channels.js'
import { notificationRoutes } from './routes/notifications.js'
import { ownPasswordRoutes } from './routes/own-password.js'
import { ruleFileRoutes } from './routes/rule-files.js'
import { sensorRoutes } from './routes/sensors.js'
import { setupRoutes } from './routes/setup.js'
import { systemRoutes } from './routes/system.js'
import { userRoutes } from './routes/users.js'
import type { FirstAdministrator } from './sessions/first-administrator.js'
import type { Sessions } from './sessions/sessions.js'
import type { SystemView } from './system-view.js'
import type { RightsTeller } from './users/rights-teller.js'
import type { VisibleStates } from './visible-states.js'

export interface RouteDeps {
  readonly log: Pick<EventLog, 'append' | 'ranges' | 'committed'>
  readonly state: LiveState
  readonly readings: ReadingStore
  readonly devices: DeviceStore
  readonly visible: VisibleStates
  readonly rules: AlertRuleStore
  readonly visibleAlerts: VisibleAlerts
  readonly acts: AlertActs
  readonly activeAlerts: ActiveAlerts
  readonly ruleFiles: Pick<RuleFiles, 'report'>
  readonly audit: AuditStore
  readonly auditor: Auditor
  readonly users: UserStore
  readonly deadLetters: DeadLetterStore
  readonly notifications: NotificationStore
  readonly channels: ChannelStore
  readonly sender: AlertSender
  readonly channel: FleetChannel
  readonly presence: PresenceBoard
  readonly passwords: PasswordHasher
  readonly sessions: Sessions
  readonly firstAdministrator: FirstAdministrator
  readonly rightsTeller: RightsTeller
  readonly throttle: LoginThrottle
  readonly origins: AllowedOrigins
  readonly system: SystemView
  readonly clock: Clock
  readonly logger: Logger
  readonly config: GatewayConfig
  readonly version: string
}

/** Every route, once. */
export function routeTable(deps: RouteDeps): Route[] {
  return [
    ...authRoutes(deps),
    ...ownPasswordRoutes(deps),
    ...setupRoutes(deps),
    ...userRoutes(deps),
    ...deviceRoutes(deps),
    ...credentialRoutes(deps),
    ...deviceReadingRoutes(deps),
    ...sensorRoutes(deps),
    ...alertPreviewRoutes(deps),
    ...alertRuleRoutes(deps),
    ...maintenanceRoutes(deps),
    ...alertRoutes(deps),
    ...bulkAlertRoutes(deps),
    ...ruleFileRoutes(deps),
    ...auditRoutes(deps),
    ...systemRoutes(deps),
    ...connectionRoutes(deps),
    ...deadLetterRoutes(deps),
    ...notificationRoutes(deps),
    ...channelRoutes(deps),
    ...channelDeliveryRoutes(deps),
    ...dashboardConfigRoutes(deps),
  ]
}
