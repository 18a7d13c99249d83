import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type AlertRuleStore,
  type AlertSender,
  type AlertStore,
  type AuditStore,
  type ChannelStore,
  type Clock,
  type DeadLetterStore,
  type DeviceStore,
  type EventLog,
  type FleetChannel,
  type LiveState,
  type NotificationStore,
  type PasswordHasher,
  type PresenceBoard,
  type RateCounter,
  type ReadingStore,
  type RightsBoard,
  StoreUnavailable,
  type TokenIssuer,
  type TokenVerifier,
  type UserStore,
} from '@iot/ports'
import {
  type Component,
  createAllowedOrigins,
  type Logger,
  type Metrics,
  type OpsState,
  type RightsWatch,
  readTrustedProxies,
} from '@iot/runtime'
import { createAlertActs } from './alerts/act-on-alerts.js'
import { createActiveAlerts } from './alerts/active-alerts.js'
import { createRuleFiles } from './alerts/rule-files.js'
import { createVisibleAlerts } from './alerts/visible-alerts.js'
import { createAuditor } from './audit.js'
import type { GatewayConfig } from './config.js'
import { openDashboardFiles } from './dashboard-files.js'
import { createHttpServer } from './http-server.js'
import { createLoginThrottle } from './limits/login-throttle.js'
import { createRequestBudgets } from './limits/request-budgets.js'
import { createGatewayMetrics } from './metrics.js'
import { startPruning } from './pruning.js'
import { routeTable } from './route-table.js'
import { createAdmission } from './security/admission.js'
import { createFirstAdministrator } from './sessions/first-administrator.js'
import { createSessions } from './sessions/sessions.js'
import type { SystemView } from './system-view.js'
import { createRightsTeller } from './users/rights-teller.js'
import { createVisibleStates } from './visible-states.js'

export interface ApiGatewayDeps {
  /** Listened on by somebody else, after start: the gateway puts its handler on it when it is created. */
  readonly server: Server
  /** takes what changes the system */
  readonly log: Pick<EventLog, 'append' | 'ranges' | 'committed'>
  readonly state: LiveState
  readonly readings: ReadingStore
  readonly devices: DeviceStore
  readonly rules: AlertRuleStore
  readonly alerts: AlertStore
  readonly audit: AuditStore
  readonly users: UserStore
  readonly deadLetters: DeadLetterStore
  readonly notifications: NotificationStore
  readonly tokens: TokenIssuer & TokenVerifier
  readonly passwords: PasswordHasher
  readonly counter: RateCounter
  /** ways to tell people of alerts, and what brings their test messages out */
  readonly channels: ChannelStore
  readonly sender: AlertSender
  readonly channel: FleetChannel
  readonly presence: PresenceBoard
  /** Whose rights changed lately; run by whoever starts the process. */
  readonly rights: RightsWatch
  readonly board: RightsBoard
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly ops: OpsState
  readonly system: SystemView
  readonly config: GatewayConfig
  readonly version: string
  /** The set-up token that the gateways of a fleet share; without it this one makes its own. */
  readonly setupToken?: string | undefined
}

export interface ApiGateway extends Component {
  /** Where the first administrator is made; undefined where there was one at the start, or nothing listens yet. */
  setupLink(): string | undefined
}

/** Between two tries to find out whether there is an administrator. */
const PREPARE_AGAIN_MS = 2_000

/** The REST API, the dashboard's files and the probes, on a server that others share. */
export function createApiGateway(deps: ApiGatewayDeps): ApiGateway {
  const { server, config, clock } = deps
  const log = deps.logger.child({ component: 'api-gateway' })
  const origins = createAllowedOrigins(config)
  const firstAdministrator = createFirstAdministrator({ ...deps, log })
  const sessions = createSessions(deps)
  const rightsTeller = createRightsTeller({ ...deps, watch: deps.rights, log })
  const throttle = createLoginThrottle({ counter: deps.counter, maxFailures: config.LOGIN_MAX_FAILURES })
  const budgets = createRequestBudgets({
    counter: deps.counter,
    addressWindowMs: config.RATE_LIMIT_WINDOW,
    addressMax: config.RATE_LIMIT_MAX_REQUESTS,
    userMaxPerMinute: config.USER_RATE_LIMIT_PER_MINUTE,
    log,
  })
  const metrics = createGatewayMetrics(deps.metrics)
  const ruleFiles = createRuleFiles({ folder: config.RULES_DIR, rules: deps.rules, log })
  const http = createHttpServer({
    server,
    routes: routeTable({
      ...deps,
      visible: createVisibleStates(deps),
      visibleAlerts: createVisibleAlerts(deps),
      acts: createAlertActs(deps),
      activeAlerts: createActiveAlerts(deps),
      auditor: createAuditor({ audit: deps.audit, metrics, log }),
      ruleFiles,
      sessions,
      firstAdministrator,
      rightsTeller,
      throttle,
      origins,
    }),
    admission: createAdmission({
      tokens: deps.tokens,
      rights: deps.rights,
      budgets,
      clock,
      letsAnonymousIn: config.ANONYMOUS_ROLE === 'user',
    }),
    ops: deps.ops,
    metrics,
    log,
    version: deps.version,
    isTrustedProxy: readTrustedProxies(config.TRUST_PROXY),
    allowedOrigins: origins.origins,
  })
  let setupToken: string | undefined
  let retry: NodeJS.Timeout | undefined
  let stopPruning: (() => void) | undefined

  function setupLink(): string | undefined {
    if (setupToken === undefined || !server.listening) return undefined
    return `${frontOf(config, server)}/setup#token=${setupToken}`
  }

  function announce(): void {
    const link = setupLink()
    if (link) log.info(`no user yet: make the first administrator at ${link}`)
  }

  /** While the store is away nobody can log in, but all else answers: the link comes when the store does. */
  async function prepareFirstAdministrator(): Promise<void> {
    try {
      setupToken = await firstAdministrator.prepare()
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      if (!retry)
        log.warn({ err: error }, 'whether there is an administrator is looked at when the store is there')
      retry = setTimeout(() => {
        prepareFirstAdministrator().catch((failure: unknown) => {
          log.error({ err: failure }, 'the first administrator could not be prepared')
        })
      }, PREPARE_AGAIN_MS).unref()
      return
    }
    // The link names the port, which is known once somebody listens.
    if (server.listening) announce()
    else server.once('listening', announce)
  }

  return {
    name: 'api-gateway',
    async start() {
      const dashboard =
        config.DASHBOARD_DIR === undefined
          ? undefined
          : await openDashboardFiles(config.DASHBOARD_DIR, ['/api', config.SOCKET_IO_PATH])
      await http.ready(dashboard)
      await prepareFirstAdministrator()
      await ruleFiles.start()
      rightsTeller.start()
      stopPruning = startPruning({
        prunes: {
          sessions: () => deps.users.pruneSessions(clock.nowMs()),
          notifications: deps.notifications.prune,
        },
        log,
      })
    },
    async stop() {
      clearTimeout(retry)
      ruleFiles.stop()
      stopPruning?.()
      await rightsTeller.stop()
      server.off('listening', announce)
      await http.close()
    },
    setupLink,
  }
}

function frontOf(config: GatewayConfig, server: Server): string {
  if (config.FRONTEND_URL !== undefined) return config.FRONTEND_URL.replace(/\/+$/, '')
  return `http://localhost:${(server.address() as AddressInfo).port}`
}
