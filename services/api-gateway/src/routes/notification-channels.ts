import { randomUUID } from 'node:crypto'
import {
  CHANNEL_GROUP_DEFAULT,
  ChannelId,
  ChannelPage,
  ChannelPatch,
  ChannelRequest,
  type ChannelSettings,
  ChannelsQuery,
  ChannelTestAnswer,
  DeliveriesQuery,
  DeliveryPage,
  NotificationChannel,
  PAGE_LIMIT,
} from '@iot/contracts'
import { channelFaults, type FieldFault, secretFaults } from '@iot/domain'
import {
  type AlertSender,
  type ChannelFields,
  type ChannelRow,
  type ChannelStore,
  type Clock,
  MAX_CHANNELS,
} from '@iot/ports'
import { AppError } from '@iot/runtime'
import { Type } from 'typebox'
import type { Auditor } from '../audit.js'
import { createCursor } from '../cursor.js'
import { presentChannel, presentDelivery } from '../present/present-channel.js'
import { type Route, route } from '../route.js'

export interface ChannelDeps {
  readonly channels: ChannelStore
  readonly sender: AlertSender
  readonly auditor: Auditor
  readonly clock: Clock
}

const ChannelParams = Type.Object({ id: ChannelId })
const cursor = createCursor(Type.Tuple([ChannelId]))
/** Channels hear of every site, so they are for administrators of every site. */
const SHARED = { tag: 'notifications', access: 'admin', everySite: true } as const

export function channelRoutes(deps: ChannelDeps): Route[] {
  return [
    listChannels(deps),
    createChannel(deps),
    getChannel(deps),
    changeChannel(deps),
    removeChannel(deps),
    testChannel(deps),
    listDeliveries(deps),
  ]
}

function listChannels({ channels }: ChannelDeps): Route {
  return route(
    {
      ...SHARED,
      method: 'GET',
      path: '/api/notification-channels',
      summary: 'Ways to tell people of alerts, in the order in which they were made; secrets are not shown',
      query: ChannelsQuery,
      status: 200,
      answer: ChannelPage,
      errors: ['BAD_CURSOR'],
    },
    async ({ query }) => {
      const limit = query.limit ?? PAGE_LIMIT.default
      const after = cursor.read(query.cursor)?.[0]
      const rows = await channels.list({ limit: limit + 1, ...(after !== undefined && { after }) })
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        body: { items: shown.map(presentChannel), ...(last && { nextCursor: cursor.write([last.id]) }) },
      }
    },
  )
}

function createChannel({ channels, auditor, clock }: ChannelDeps): Route {
  return route(
    {
      ...SHARED,
      method: 'POST',
      path: '/api/notification-channels',
      summary: 'Make a channel; it is told of what happens from now on',
      body: ChannelRequest,
      status: 201,
      answer: NotificationChannel,
      errors: ['LIMIT_REACHED'],
    },
    async ({ body, caller: { username } }) => {
      const fields: ChannelFields = {
        ...body,
        enabled: body.enabled ?? true,
        route: body.route ?? {},
        group: body.group ?? CHANNEL_GROUP_DEFAULT,
        quietCritical: body.quietCritical ?? false,
      }
      refuse(channelFaults(fields))
      const row = await channels.create(fields, username, clock.nowMs())
      if (!row) {
        throw new AppError('LIMIT_REACHED', `There are ${MAX_CHANNELS} channels, the most there may be.`)
      }
      await auditor.note({ actor: username, action: 'channel.created', ...about(row) })
      return { body: presentChannel(row) }
    },
  )
}

function getChannel({ channels }: ChannelDeps): Route {
  return route(
    {
      ...SHARED,
      method: 'GET',
      path: '/api/notification-channels/{id}',
      summary: 'A channel, without its secrets',
      params: ChannelParams,
      status: 200,
      answer: NotificationChannel,
      errors: ['NOT_FOUND'],
    },
    async ({ params: { id } }) => ({ body: presentChannel(await requireChannel(channels, id)) }),
  )
}

function changeChannel({ channels, auditor, clock }: ChannelDeps): Route {
  return route(
    {
      ...SHARED,
      method: 'PATCH',
      path: '/api/notification-channels/{id}',
      summary:
        'Change a channel; what is left out stays, each setting by itself. Messages that wait in one that is disabled are given up',
      params: ChannelParams,
      body: ChannelPatch,
      status: 200,
      answer: NotificationChannel,
      errors: ['NOT_FOUND'],
    },
    async ({ params: { id }, body, caller: { username } }) => {
      const before = await requireChannel(channels, id)
      refuse(secretFaults(before.kind, before.settings, body.settings ?? {}))
      const fields = changed(before, body)
      refuse(channelFaults(fields))
      const row = await channels.replace(id, fields, username, clock.nowMs())
      if (!row) throw noChannel(id)
      const { target, detail } = about(row)
      const changes = [
        ...Object.keys(body),
        ...Object.keys(body.settings ?? {}).map((one) => `settings.${one}`),
      ]
      await auditor.note({
        actor: username,
        action: 'channel.changed',
        target,
        detail: { ...detail, changed: changes.filter((one) => one !== 'settings') },
      })
      return { body: presentChannel(row) }
    },
  )
}

function removeChannel({ channels, auditor }: ChannelDeps): Route {
  return route(
    {
      ...SHARED,
      method: 'DELETE',
      path: '/api/notification-channels/{id}',
      summary: 'Remove a channel, with its deliveries and what waits in it',
      params: ChannelParams,
      status: 204,
      errors: ['NOT_FOUND'],
    },
    async ({ params: { id }, caller }) => {
      const row = await requireChannel(channels, id)
      if (!(await channels.remove(id))) throw noChannel(id)
      await auditor.note({ actor: caller.username, action: 'channel.removed', ...about(row) })
      return { body: undefined }
    },
  )
}

function testChannel({ channels, sender, auditor, clock }: ChannelDeps): Route {
  return route(
    {
      ...SHARED,
      method: 'POST',
      path: '/api/notification-channels/{id}/test',
      summary:
        'Send a test message now, also by a channel that is disabled or has quiet hours, and answer with what became of it',
      params: ChannelParams,
      status: 200,
      answer: ChannelTestAnswer,
      errors: ['NOT_FOUND'],
    },
    async ({ params: { id }, caller }) => {
      const row = await requireChannel(channels, id)
      const idempotencyKey = randomUUID()
      const message = { event: 'test', idempotencyKey, channel: row, alerts: [] } as const
      // Bounded by the sender’s own limit: nobody else ends it.
      const outcome = await sender.send(message, new AbortController().signal)
      const error = outcome.ok ? outcome.remark : outcome.error
      const result = {
        ok: outcome.ok,
        ...(error !== undefined && { error }),
        ...(outcome.httpStatus !== undefined && { httpStatus: outcome.httpStatus }),
      }
      await channels.recordTest(id, { idempotencyKey, atMs: clock.nowMs(), ...result })
      await auditor.note({
        actor: caller.username,
        action: 'channel.tested',
        target: about(row).target,
        detail: { name: row.name, ok: outcome.ok },
      })
      return { body: result }
    },
  )
}

function listDeliveries({ channels }: ChannelDeps): Route {
  return route(
    {
      ...SHARED,
      method: 'GET',
      path: '/api/notification-channels/{id}/deliveries',
      summary: 'Messages of a channel and what became of them, newest first; kept for 30 days',
      params: ChannelParams,
      query: DeliveriesQuery,
      status: 200,
      answer: DeliveryPage,
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    },
    async ({ params: { id: channelId }, query: { state, ...query } }) => {
      const limit = query.limit ?? PAGE_LIMIT.default
      const before = cursor.read(query.cursor)?.[0]
      await requireChannel(channels, channelId)
      const rows = await channels.deliveries({
        channelId,
        limit: limit + 1,
        ...(before !== undefined && { before }),
        ...(state !== undefined && { state }),
      })
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        body: { items: shown.map(presentDelivery), ...(last && { nextCursor: cursor.write([last.id]) }) },
      }
    },
  )
}

async function requireChannel(channels: ChannelStore, id: string): Promise<ChannelRow> {
  const row = await channels.get(id)
  if (!row) throw noChannel(id)
  return row
}

function noChannel(id: string): AppError {
  return new AppError('NOT_FOUND', `There is no notification channel ${id}.`)
}

function refuse(errors: readonly FieldFault[]): void {
  if (errors.length === 0) return
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ')
  throw new AppError('VALIDATION_FAILED', detail, { errors })
}

/** The channel with a change put on it. */
function changed(before: ChannelRow, patch: ChannelPatch): ChannelFields {
  const { settings, quietHours, ...rest } = patch
  const merged = Object.entries({ ...before.settings, ...settings }).filter(([, value]) => value !== null)
  const quiet = quietHours === undefined ? before.quietHours : (quietHours ?? undefined)
  const { name, kind, enabled, route, group, quietCritical } = { ...before, ...rest }
  return {
    name,
    kind,
    enabled,
    settings: Object.fromEntries(merged) as ChannelSettings,
    route,
    group,
    ...(quiet && { quietHours: quiet }),
    quietCritical,
  }
}

/** What the audit log says of it: never a setting, which may be a secret. */
function about({ id, name, kind, enabled }: ChannelRow) {
  return { target: { type: 'channel', id }, detail: { name, kind, enabled } }
}
