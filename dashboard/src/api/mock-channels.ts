import type { AuditEntry, ChannelRequest, Delivery, NotificationChannel } from '@iot/contracts'
import { done, json, type MockRequest, problem } from './mock-answers.js'
import type { MockPart } from './mock-fetch.js'
import type { MockScene } from './mock-world.js'

const MINUTE_MS = 60_000
const AUDIT_ENTRIES = 430

/** Channels with what they have sent, and the audit log. */
export function createMockChannels({ scene }: { scene: MockScene }): MockPart {
  let channels = scene === 'empty' ? [] : mockChannels()
  const audit = scene === 'empty' ? [] : mockAudit()
  return {
    answer(request) {
      const list = /^\/(notification-channels|audit)/.exec(request.path)?.[1]
      if (list === undefined) return undefined
      if (scene === 'loading' && request.method === 'GET') return new Promise(() => undefined)
      if (scene === 'error') return problem(503, 'UNAVAILABLE', 'A part of the system is away: try again')
      if (list === 'audit') return auditAnswer(request, audit)
      const answered = channelsAnswer(request, channels)
      channels = answered.channels
      return answered.response
    },
  }
}

interface Answered {
  readonly response: Response
  readonly channels: NotificationChannel[]
}

function channelsAnswer(
  { method, path, query, body }: MockRequest,
  channels: NotificationChannel[],
): Answered {
  const [, , id, part] = path.split('/')
  const as = (response: Response, next = channels): Answered => ({ response, channels: next })
  if (id === undefined && method === 'GET') return as(json({ items: channels }))
  if (id === undefined) {
    const made = shown(
      { ...(body as unknown as ChannelRequest), group: String(body.group ?? '10s') },
      channels.length,
    )
    return as(json(made, 201), [...channels, made])
  }
  const channel = channels.find((each) => each.id === id)
  if (channel === undefined) return as(problem(404, 'NOT_FOUND', 'There is no such thing'))
  if (part === 'deliveries') {
    const state = query.get('state')
    return as(
      json({ items: mockDeliveries(channel).filter((each) => state === null || each.state === state) }),
    )
  }
  if (part === 'test') {
    return channel.failingSince === undefined
      ? as(json({ ok: true, httpStatus: 200 }))
      : as(json({ ok: false, error: 'The server refused the connection (ECONNREFUSED)' }))
  }
  if (method === 'DELETE')
    return as(
      done(),
      channels.filter((each) => each !== channel),
    )
  const { settings: _said, quietHours, ...rest } = body as Partial<NotificationChannel>
  const { quietHours: _before, ...kept } = channel
  const revision = channel.revision + 1
  const changed = { ...kept, ...rest, ...(quietHours && { quietHours }), revision }
  return as(
    json(changed),
    channels.map((each) => (each === channel ? changed : each)),
  )
}

function shown(request: ChannelRequest & { group: string }, count: number): NotificationChannel {
  const { secret, webhookUrl, token, ...open } = request.settings
  const at = new Date().toISOString()
  return {
    id: `${count + 1}`,
    enabled: true,
    quietCritical: false,
    route: {},
    ...request,
    settings: {
      ...open,
      ...(secret !== undefined && { secret: { set: true } }),
      ...(webhookUrl !== undefined && { webhookUrl: { set: true } }),
      ...(token !== undefined && { token: { set: true } }),
    },
    revision: 1,
    createdAt: at,
    updatedAt: at,
  }
}

function mockChannels(): NotificationChannel[] {
  return [
    shown(
      {
        name: 'On call',
        kind: 'telegram',
        settings: { token: 'x', chatId: '-100200300' },
        route: { severities: ['critical'], transitions: ['opened', 'closed'] },
        group: '10s',
      },
      0,
    ),
    shown(
      {
        name: 'Warehouse team',
        kind: 'email',
        settings: { to: ['warehouse@example.com', 'lead@example.com'] },
        route: { sites: ['Hanoi / Warehouse A', 'Hanoi / Warehouse B'] },
        group: '5m',
        quietHours: {
          days: ['sat', 'sun'],
          from: '00:00',
          to: '00:00',
          timeZone: 'Asia/Ho_Chi_Minh',
        },
      },
      1,
    ),
    {
      ...shown(
        {
          name: 'Tickets',
          kind: 'webhook',
          settings: { url: 'https://tickets.example.com/hooks/iot-monitoring', secret: 'x' },
          group: '30s',
        },
        2,
      ),
      failingSince: new Date(Date.now() - 52 * MINUTE_MS).toISOString(),
    },
  ]
}

function mockDeliveries(channel: NotificationChannel): Delivery[] {
  const failing = channel.failingSince !== undefined
  const states = failing
    ? (['retrying', 'dead', 'sent', 'sent'] as const)
    : (['sent', 'sent', 'sent'] as const)
  return states.map((state, at) => ({
    id: `d${at}`,
    channelId: channel.id,
    state,
    attempts: state === 'sent' ? 1 : 5 + at * 3,
    ...(state !== 'sent' && { lastError: 'The server refused the connection (ECONNREFUSED)' }),
    ...(state === 'sent' && {
      httpStatus: 200,
      sentAt: new Date(Date.now() - at * 40 * MINUTE_MS).toISOString(),
    }),
    ...(state === 'retrying' && { nextAt: new Date(Date.now() + 4 * MINUTE_MS).toISOString() }),
    count: at * 3 + 1,
    alertIds: [`a${at}`],
    createdAt: new Date(Date.now() - (at * 40 + 3) * MINUTE_MS).toISOString(),
    idempotencyKey: `k${at}`,
    ...(at === 2 && { test: true as const }),
  }))
}

function auditAnswer({ query }: MockRequest, entries: readonly AuditEntry[]): Response {
  const [actor, action, target] = [query.get('actor'), query.get('action'), query.get('targetId')]
  const [from, to] = [query.get('from'), query.get('to')]
  const matching = entries.filter(
    (entry) =>
      (actor === null || entry.actor === actor) &&
      (action === null || entry.action === action || entry.action.startsWith(`${action}.`)) &&
      (target === null || entry.target.id === target) &&
      (from === null || entry.timestamp >= from) &&
      (to === null || entry.timestamp < to),
  )
  const start = Number(query.get('cursor') ?? 0)
  const end = start + Number(query.get('limit') ?? 100)
  return json({
    items: matching.slice(start, end),
    ...(end < matching.length && { nextCursor: String(end) }),
  })
}

function mockAudit(): AuditEntry[] {
  const kinds: Omit<AuditEntry, 'id' | 'timestamp'>[] = [
    {
      actor: 'linh',
      action: 'rule.changed',
      target: { type: 'rule', id: 'r1' },
      detail: { name: 'Cold room too warm', revision: 4, changed: { value: 8, clear: 7 } },
    },
    {
      actor: 'an.nguyen',
      action: 'alert.acknowledged',
      target: { type: 'alert', id: 'a17' },
      detail: { comment: 'I am on my way' },
    },
    { action: 'alert.opened', target: { type: 'alert', id: 'a18' }, detail: { severity: 'critical' } },
    {
      actor: 'linh',
      action: 'user.disabled',
      target: { type: 'user', id: 'u5' },
      detail: { name: 'old-account' },
    },
    { actor: 'an.nguyen', action: 'maintenance.planned', target: { type: 'maintenance', id: 'w1' } },
  ]
  return Array.from({ length: AUDIT_ENTRIES }, (_, at) => ({
    id: String(10_000 - at),
    timestamp: new Date(Date.now() - at * 13 * MINUTE_MS).toISOString(),
    ...kinds[at % kinds.length]!,
  }))
}
