import { matchPath, Navigate, Route, Routes } from 'react-router'
import { Frame } from './features/frame/frame.js'
import { NotFoundPage } from './features/frame/not-found-page.js'
import { OverviewPage } from './features/overview/overview-page.js'
import { RequireRole } from './features/session/require-role.js'
import { RequireSession } from './features/session/require-session.js'
import { loadPart, loadPartWithTexts } from './load-part.js'
import { paths, routePatterns } from './paths.js'

// Everything but the overview is fetched when it is first opened.
const LoginPage = loadPart(async () => (await import('./features/session/login-page.js')).LoginPage)
const SetupPage = loadPart(async () => (await import('./features/session/setup-page.js')).SetupPage)
const DevicesPage = loadPart(async () => (await import('./features/devices/devices-page.js')).DevicesPage)
const DevicePage = loadPartWithTexts(
  async () => (await import('./features/device/device-page.js')).DevicePage,
)
const AlertsLayout = loadPartWithTexts(
  async () => (await import('./features/alerts/alerts-layout.js')).AlertsLayout,
)
const AlertsPage = loadPartWithTexts(
  async () => (await import('./features/alerts/alerts-page.js')).AlertsPage,
)
const AlertPage = loadPartWithTexts(async () => (await import('./features/alerts/alert-page.js')).AlertPage)
const RulesPage = loadPartWithTexts(async () => (await import('./features/rules/rules-page.js')).RulesPage)
const RulePage = loadPartWithTexts(async () => (await import('./features/rules/rule-page.js')).RulePage)
const NewRulePage = loadPartWithTexts(async () => (await import('./features/rules/rule-page.js')).NewRulePage)
const MaintenancePage = loadPartWithTexts(
  async () => (await import('./features/maintenance/maintenance-page.js')).MaintenancePage,
)
const ChannelsPage = loadPartWithTexts(
  async () => (await import('./features/channels/channels-page.js')).ChannelsPage,
)
const AuditPage = loadPartWithTexts(async () => (await import('./features/audit/audit-page.js')).AuditPage)
const AddDevicePage = loadPartWithTexts(
  async () => (await import('./features/add-device/add-device-page.js')).AddDevicePage,
)
const DeadLettersPage = loadPart(
  async () => (await import('./features/admin/dead-letters-page.js')).DeadLettersPage,
)
const AdminLayout = loadPart(async () => (await import('./features/admin/admin-layout.js')).AdminLayout)
const UsersPage = loadPart(async () => (await import('./features/admin/users-page.js')).UsersPage)
const ConnectionsPage = loadPart(
  async () => (await import('./features/admin/connections-page.js')).ConnectionsPage,
)
const ActivityPage = loadPart(async () => (await import('./features/admin/activity-page.js')).ActivityPage)
const SendNoticePage = loadPart(
  async () => (await import('./features/admin/send-notice-page.js')).SendNoticePage,
)
const SystemPage = loadPart(async () => (await import('./features/admin/system-page.js')).SystemPage)

/** Pages that people open by their address, and come back to by a reload. */
const OPENED_FIRST = [
  [routePatterns.devices, DevicesPage],
  [routePatterns.device, DevicePage],
  [routePatterns.alerts, AlertsLayout],
  [routePatterns.alerts, AlertsPage],
] as const

/** Begins to fetch the page that the address names, while it is still being asked who looks at it. */
export function fetchPageAhead(pathname: string): void {
  for (const [pattern, page] of OPENED_FIRST) if (matchPath(pattern, pathname)) page.fetchAhead()
}

export function AppRoutes() {
  return (
    <Routes>
      <Route path={routePatterns.login} element={<LoginPage />} />
      <Route path={routePatterns.setup} element={<SetupPage />} />
      <Route
        element={
          <RequireSession>
            <Frame />
          </RequireSession>
        }
      >
        <Route path={routePatterns.overview} element={<OverviewPage />} />
        <Route path={routePatterns.devices} element={<DevicesPage />} />
        <Route path={routePatterns.device} element={<DevicePage />} />
        <Route element={<RequireRole atLeast="operator" />}>
          <Route path={routePatterns.addDevice} element={<AddDevicePage />} />
        </Route>
        <Route element={<AlertsLayout />}>
          <Route path={routePatterns.alerts} element={<AlertsPage />} />
          <Route path={routePatterns.alert} element={<AlertPage />} />
          <Route path={routePatterns.rules} element={<RulesPage />} />
          <Route path={routePatterns.rule} element={<RulePage />} />
          <Route path={routePatterns.maintenance} element={<MaintenancePage />} />
          <Route element={<RequireRole atLeast="operator" />}>
            <Route path={routePatterns.newRule} element={<NewRulePage />} />
          </Route>
        </Route>
        <Route element={<AdminLayout />}>
          <Route path={routePatterns.admin} element={<Navigate to={paths.system()} replace />} />
          <Route path={routePatterns.system} element={<SystemPage />} />
          <Route element={<RequireRole atLeast="operator" />}>
            <Route path={routePatterns.deadLetters} element={<DeadLettersPage />} />
          </Route>
          <Route element={<RequireRole atLeast="admin" />}>
            <Route path={routePatterns.users} element={<UsersPage />} />
            <Route path={routePatterns.connections} element={<ConnectionsPage />} />
            <Route path={routePatterns.activity} element={<ActivityPage />} />
            <Route path={routePatterns.sendNotice} element={<SendNoticePage />} />
            <Route path={routePatterns.channels} element={<ChannelsPage />} />
            <Route path={routePatterns.audit} element={<AuditPage />} />
          </Route>
        </Route>
        <Route path="*" element={<NotFoundPage />} />
      </Route>
    </Routes>
  )
}
