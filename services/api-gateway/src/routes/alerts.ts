import {
  type Alert,
  AlertActionRequest,
  AlertDetail,
  AlertId,
  AlertPage,
  AlertsQuery,
  CommentRequest,
  PAGE_LIMIT,
  ShelveRequest,
} from '@iot/contracts'
import type { AlertQuery, Clock } from '@iot/ports'
import { AppError } from '@iot/runtime'
import { type Static, type TSchema, Type } from 'typebox'
import type { AlertActs, AlertRequest } from '../alerts/act-on-alerts.js'
import { shelvedUntil } from '../alerts/shelved-until.js'
import type { VisibleAlerts } from '../alerts/visible-alerts.js'
import { createCursor } from '../cursor.js'
import { LAST_MS, readSpan } from '../read-range.js'
import { type Call, type Route, type RouteContract, route } from '../route.js'

export interface AlertRouteDeps {
  readonly visibleAlerts: VisibleAlerts
  readonly acts: AlertActs
  readonly clock: Clock
}

const AlertParams = Type.Object({ id: AlertId })
/** Who sends the same again, because the answer was lost, is answered as the first time. */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' })),
})
const cursor = createCursor(Type.Tuple([Type.Integer({ minimum: 0, maximum: LAST_MS }), AlertId]))
const ACTIVE = ['open', 'acknowledged', 'shelved'] as const

export function alertRoutes(deps: AlertRouteDeps): Route[] {
  return [
    listAlerts(deps),
    getAlert(deps),
    act(deps, 'acknowledge', 'Say that somebody has an alert in hand', AlertActionRequest),
    act(deps, 'shelve', 'Put an alert aside for a while (30d at most)', ShelveRequest),
    act(deps, 'unshelve', 'Take an alert back that was put aside', AlertActionRequest),
    act(deps, 'resolve', 'Close an alert by hand; it opens again once it has cleared', AlertActionRequest),
    act(deps, 'comment', 'Write something down at an alert', CommentRequest),
  ]
}

function noAlert(): AppError {
  return new AppError('NOT_FOUND', 'There is no such alert.')
}

function listAlerts({ visibleAlerts }: AlertRouteDeps): Route {
  return route(
    {
      method: 'GET',
      path: '/api/alerts',
      summary: 'Alerts, newest opening first; with `from` and `to` those that were open at some time between',
      tag: 'alerts',
      access: 'user',
      query: AlertsQuery,
      status: 200,
      answer: AlertPage,
      errors: ['BAD_CURSOR'],
    },
    async ({ query, caller }) => {
      const limit = query.limit ?? PAGE_LIMIT.default
      const found = await visibleAlerts.list({ ...readQuery(query), limit: limit + 1 }, caller)
      const items = found.slice(0, limit)
      const last = found.length > limit ? items.at(-1) : undefined
      return { body: { items, ...(last && { nextCursor: cursor.write(placeOf(last)) }) } }
    },
  )
}

function readQuery(query: Static<typeof AlertsQuery>): Omit<AlertQuery, 'limit'> {
  const { limit: _limit, cursor: text, state, from, to, ...filter } = query
  const place = cursor.read(text)
  return {
    ...filter,
    ...readSpan({ ...(from !== undefined && { from }), ...(to !== undefined && { to }) }),
    ...(state !== undefined && { states: state === 'active' ? ACTIVE : [state] }),
    ...(place && { after: { openedAtMs: place[0], alertId: place[1] } }),
  }
}

function placeOf({ openedAt, alertId }: Alert): [number, string] {
  return [Date.parse(openedAt), alertId]
}

function getAlert({ visibleAlerts }: AlertRouteDeps): Route {
  return route(
    {
      method: 'GET',
      path: '/api/alerts/{id}',
      summary: 'An alert, with its comments and all that happened to it',
      tag: 'alerts',
      access: 'user',
      params: AlertParams,
      status: 200,
      answer: AlertDetail,
      errors: ['NOT_FOUND'],
    },
    async ({ params, caller }) => {
      const alert = await visibleAlerts.get(params.id, caller)
      if (!alert) throw noAlert()
      return { body: alert }
    },
  )
}

function act<Body extends TSchema>(
  deps: AlertRouteDeps,
  action: AlertRequest['action'],
  summary: string,
  body: Body,
): Route {
  const contract = {
    method: 'POST',
    path: `/api/alerts/{id}/${action}`,
    summary: `${summary}. Answers with the alert as it stands then; 202 where that is not known within 5 s: look again`,
    tag: 'alerts',
    access: 'operator',
    params: AlertParams,
    headers: IdempotencyHeaders,
    body,
    ...((body as TSchema) === AlertActionRequest && { bodyOptional: true as const }),
    status: 200,
    mayPend: true,
    answer: AlertDetail,
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  } as const satisfies RouteContract

  return route(contract, async (call) => {
    const { params, headers, caller } = call as Call<typeof contract>
    const asked = call.body as { comment?: string; for?: string }
    const alert = await deps.visibleAlerts.get(params.id, caller)
    if (!alert) throw noAlert()
    const [answer] = await deps.acts.request([alert], caller, {
      action,
      idempotencyKey: headers['idempotency-key'],
      ...(asked.comment !== undefined && { comment: asked.comment }),
      ...(asked.for !== undefined && { until: shelvedUntil(asked.for, deps.clock.nowMs()) }),
    })
    if (answer !== 'unknown' && !answer!.ok) throw new AppError('STATE_CONFLICT', `${answer!.message}.`)
    const now = await deps.visibleAlerts.get(params.id, caller)
    if (!now) throw noAlert()
    return { body: now, pending: answer === 'unknown' }
  })
}
