import type { AlertWatcher } from '@iot/client'
import type { Alert, AlertDetail, AlertEvent, AlertHistoryEntry } from '@iot/contracts'
import { type AlertModel, mockAlerts, mockNewAlert } from './mock-alert-models.js'
import { json, type MockRequest, problem } from './mock-answers.js'
import type { MockScene, MockWorld } from './mock-world.js'

/** The alerts of the mock: what REST says of them, and what happens to them live. */
export interface MockAlerts {
  /** Undefined: not about alerts. */
  answer(request: MockRequest): Response | Promise<Response> | undefined
  watch(watcher: AlertWatcher): () => void
}

const NEXT_AFTER_MS = 9_000
const ME = 'linh'

interface Alerts {
  scene: MockScene
  models: Map<string, AlertModel>
  tell(event: AlertEvent): void
}

export function createMockAlerts({ world, scene }: { world: MockWorld; scene: MockScene }): MockAlerts {
  const watchers = new Set<AlertWatcher>()
  const alerts: Alerts = {
    scene,
    models: new Map(mockAlerts(world, scene, Date.now()).map((model) => [model.alert.alertId, model])),
    tell: (event) => {
      for (const watcher of watchers) watcher.onAlerts([event])
    },
  }
  if (scene === 'fleet' || scene === 'operator' || scene === 'user') {
    setTimeout(() => {
      const model = mockNewAlert(world, Date.now())
      if (model === undefined) return
      alerts.models.set(model.alert.alertId, model)
      alerts.tell({ ...model.alert, transition: 'opened' })
    }, NEXT_AFTER_MS)
  }
  return {
    answer: (request) => answer(request, alerts),
    watch(watcher) {
      watchers.add(watcher)
      return () => void watchers.delete(watcher)
    },
  }
}

function answer(request: MockRequest, alerts: Alerts): Response | Promise<Response> | undefined {
  const { method, path, body } = request
  const [, id, action] = /^\/alerts(?:\/([^/]+))?(?:\/(\w+))?$/.exec(path) ?? []
  if (!path.startsWith('/alerts') || path.startsWith('/alerts-')) return undefined
  if (alerts.scene === 'loading' && method === 'GET') return new Promise(() => undefined)
  if (alerts.scene === 'error') return problem(503, 'UNAVAILABLE', 'A part of the system is away: try again')
  if (alerts.scene === 'forbidden') return problem(403, 'FORBIDDEN', 'Your role may not do this')
  if (id === undefined) return list(request, alerts)
  if (id === 'bulk') return bulk(body, alerts)
  const model = alerts.models.get(id)
  if (model === undefined) return problem(404, 'NOT_FOUND', 'There is no such thing')
  if (method === 'GET') return json(detailOf(model))
  return act(model, action ?? '', body, alerts)
}

function list({ query }: MockRequest, { models, scene }: Alerts): Response {
  const start = Number(query.get('cursor') ?? 0)
  if (scene === 'partial' && start > 0)
    return problem(503, 'UNAVAILABLE', 'A part of the system is away: try again')
  const limit = scene === 'partial' ? 3 : Number(query.get('limit') ?? 100)
  const wanted = [...models.values()]
    .map(({ alert }) => alert)
    .filter((alert) => isWanted(alert, query))
    .sort((one, other) => (one.openedAt < other.openedAt ? 1 : -1))
  const end = start + limit
  return json({ items: wanted.slice(start, end), ...(end < wanted.length && { nextCursor: String(end) }) })
}

function isWanted(alert: Alert, query: URLSearchParams): boolean {
  const is = (name: string, value: string | undefined) => !query.has(name) || query.get(name) === value
  const state = query.get('state')
  return (
    (state === null || (state === 'active' ? alert.state !== 'closed' : alert.state === state)) &&
    is('severity', alert.severity) &&
    is('type', alert.type) &&
    is('site', alert.site) &&
    is('deviceId', alert.deviceId) &&
    is('ruleId', alert.ruleId) &&
    alert.message.toLowerCase().includes((query.get('search') ?? '').toLowerCase())
  )
}

function detailOf({ alert, history }: AlertModel): AlertDetail {
  const comments = history.flatMap(({ comment, by = '', timestamp }) =>
    comment === undefined ? [] : [{ by, timestamp, text: comment }],
  )
  return { ...alert, comments, history }
}

function bulk(body: Record<string, unknown>, alerts: Alerts): Response {
  const ids = body.alertIds as string[]
  return json({
    results: ids.map((alertId) => {
      const model = alerts.models.get(alertId)
      const refused = model === undefined ? 'There is no such alert' : refusal(model, String(body.action))
      if (model === undefined || refused !== undefined)
        return { alertId, ok: false, code: 'STATE_CONFLICT', message: refused }
      change(model, String(body.action), body, alerts)
      return { alertId, ok: true }
    }),
  })
}

function act(model: AlertModel, action: string, body: Record<string, unknown>, alerts: Alerts): Response {
  const refused = refusal(model, action)
  if (refused !== undefined) {
    if (model.alert.alertId.endsWith('race')) model.raced = false
    return problem(409, 'STATE_CONFLICT', refused)
  }
  change(model, action, body, alerts)
  return json(model.alert)
}

function refusal(model: AlertModel, action: string): string | undefined {
  const { state, acknowledgedBy } = model.alert
  if (action === 'comment') return undefined
  if (state === 'closed') return 'It is closed already'
  if (action === 'acknowledge' && model.raced) {
    model.alert = {
      ...model.alert,
      state: 'acknowledged',
      acknowledgedBy: 'an.nguyen',
      seq: model.alert.seq + 1,
    }
    return 'Already acknowledged by an.nguyen'
  }
  if (action === 'acknowledge' && state === 'acknowledged') return `Already acknowledged by ${acknowledgedBy}`
  return undefined
}

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function change(model: AlertModel, action: string, body: Record<string, unknown>, alerts: Alerts): void {
  const timestamp = new Date().toISOString()
  const { alert } = model
  const made: Record<string, [AlertHistoryEntry['transition'], Partial<Alert>]> = {
    acknowledge: ['acknowledged', { state: 'acknowledged', acknowledgedBy: ME, acknowledgedAt: timestamp }],
    shelve: ['shelved', { state: 'shelved', shelvedBy: ME, shelvedUntil: endOf(String(body.for)) }],
    unshelve: ['unshelved', { state: 'open' }],
    resolve: ['closed', { state: 'closed', closedAt: timestamp, closeReason: 'resolved' }],
    comment: ['commented', {}],
  }
  const [transition, facts] = made[action]!
  const comment = typeof body.comment === 'string' ? { comment: body.comment } : {}
  model.alert = { ...alert, ...facts, seq: alert.seq + 1, timestamp }
  const happening = { transition, by: ME, ...comment }
  model.history = [...model.history, { seq: model.alert.seq, timestamp, ...happening }]
  queueMicrotask(() => alerts.tell({ ...model.alert, ...happening }))
}

function endOf(duration: string): string {
  const [, count = '1', unit = 'h'] = /^(\d+)([smhd])$/.exec(duration) ?? []
  return new Date(Date.now() + Number(count) * UNIT_MS[unit]!).toISOString()
}
