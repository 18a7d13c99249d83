/** Every URL of the dashboard is made here. */

export interface DevicesView {
  q?: string
  status?: string
  site?: string
  tag?: string
  sort?: string
}

export interface DeviceView {
  range?: string
  from?: string
  to?: string
  tab?: string
}

export interface AlertsView {
  state?: string
  severity?: string
  site?: string
  type?: string
  device?: string
  q?: string
}

export interface AuditView {
  actor?: string
  action?: string
  target?: string
  from?: string
  to?: string
}

export const routePatterns = {
  overview: '/',
  devices: '/devices',
  device: '/devices/:deviceId',
  addDevice: '/add-device',
  login: '/login',
  setup: '/setup',
  admin: '/admin',
  deadLetters: '/admin/dead-letters',
  system: '/admin/system',
  users: '/admin/users',
  connections: '/admin/connections',
  activity: '/admin/activity',
  sendNotice: '/admin/send-notice',
  channels: '/admin/channels',
  audit: '/admin/audit',
  alerts: '/alerts',
  alert: '/alerts/:alertId',
  rules: '/rules',
  newRule: '/rules/new',
  rule: '/rules/:ruleId',
  maintenance: '/maintenance',
} as const

export const paths = {
  overview: (view: { site?: string; sort?: string } = {}) => withQuery(routePatterns.overview, view),
  devices: (view: DevicesView = {}) => withQuery(routePatterns.devices, view),
  device: (deviceId: string, view: DeviceView = {}) =>
    withQuery(`/devices/${encodeURIComponent(deviceId)}`, view),
  addDevice: () => routePatterns.addDevice,
  /** `from` is the place to come back to after logging in. */
  login: (from?: string) => withQuery(routePatterns.login, { from: from === '/' ? undefined : from }),
  setup: () => routePatterns.setup,
  admin: () => routePatterns.admin,
  deadLetters: () => routePatterns.deadLetters,
  system: () => routePatterns.system,
  users: () => routePatterns.users,
  connections: (view: { user?: string } = {}) => withQuery(routePatterns.connections, view),
  activity: () => routePatterns.activity,
  sendNotice: () => routePatterns.sendNotice,
  channels: () => routePatterns.channels,
  audit: (view: AuditView = {}) => withQuery(routePatterns.audit, view),
  alerts: (view: AlertsView = {}) => withQuery(routePatterns.alerts, view),
  alert: (alertId: string) => `/alerts/${encodeURIComponent(alertId)}`,
  rules: (view: { q?: string } = {}) => withQuery(routePatterns.rules, view),
  newRule: (about: { device?: string; sensor?: string } = {}) => withQuery(routePatterns.newRule, about),
  rule: (ruleId: string) => `/rules/${encodeURIComponent(ruleId)}`,
  maintenance: (view: { device?: string; site?: string } = {}) => withQuery(routePatterns.maintenance, view),
  apiDocs: () => '/api/docs',
}

/** Where to go after logging in: a path of this page only, never another site. */
export function safeReturnPath(from: string | null | undefined): string {
  if (!from?.startsWith('/') || from.startsWith('//') || from.includes('\\')) return routePatterns.overview
  return from
}

function withQuery(path: string, query: object): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (typeof value === 'string' && value !== '') search.set(name, value)
  }
  const text = search.toString()
  return text === '' ? path : `${path}?${text}`
}
