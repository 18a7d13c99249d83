import {
  CHANNEL_GROUP_DEFAULT,
  ChannelId,
  ChannelPage,
  ChannelPatch,
  ChannelRequest,
  ChannelsQuery,
  NotificationChannel,
  PAGE_LIMIT,
} from '@iot/contracts'
import { channelFaults, secretFaults } from '@iot/domain'
import { type ChannelFields, type ChannelRow, type ChannelStore, type Clock, MAX_CHANNELS } from '@iot/ports'
import { AppError } from '@iot/runtime'
import { Type } from 'typebox'
import { patchChannel } from '../alerts/patch-channel.js'
import type { Auditor } from '../audit.js'
import { createCursor } from '../cursor.js'
import { refuseFaults } from '../invalid-fields.js'
import { presentChannel } from '../present/present-channel.js'
import { toTimestamp } from '../present/to-timestamp.js'
import { type Route, route } from '../route.js'

export interface ChannelDeps {
  readonly channels: ChannelStore
  readonly auditor: Auditor
  readonly clock: Clock
}

export const ChannelParams = Type.Object({ id: ChannelId })
const cursor = createCursor(Type.Tuple([ChannelId]))
/** What all routes of channels have in common. Channels hear of every site: they are for who may see every site. */
export const CHANNEL_ROUTE = { tag: 'notifications', access: 'admin', everySite: true } as const

export function channelRoutes(deps: ChannelDeps): Route[] {
  return [listChannels(deps), createChannel(deps), getChannel(deps), changeChannel(deps), removeChannel(deps)]
}

function listChannels({ channels }: ChannelDeps): Route {
  return route(
    {
      ...CHANNEL_ROUTE,
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
      ...CHANNEL_ROUTE,
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
      refuseFaults(channelFaults(fields))
      const row = await channels.create(fields, username, clock.nowMs())
      if (!row) {
        throw new AppError('LIMIT_REACHED', `There are ${MAX_CHANNELS} channels, the most there may be.`)
      }
      await auditor.note({ actor: username, action: 'channel.created', ...aboutChannel(row) })
      return { body: presentChannel(row) }
    },
  )
}

function getChannel({ channels }: ChannelDeps): Route {
  return route(
    {
      ...CHANNEL_ROUTE,
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
      ...CHANNEL_ROUTE,
      method: 'PATCH',
      path: '/api/notification-channels/{id}',
      summary:
        'Change a channel; what is left out stays, each setting by itself. With `revision` only where it is as it was. Messages that wait in one that is disabled are given up',
      params: ChannelParams,
      body: ChannelPatch,
      status: 200,
      answer: NotificationChannel,
      errors: ['NOT_FOUND', 'STATE_CONFLICT'],
    },
    async ({ params: { id }, body: { revision, ...body }, caller: { username } }) => {
      const before = await requireChannel(channels, id)
      if (revision !== undefined && before.revision !== revision) throw changedMeanwhile(before)
      refuseFaults(secretFaults(before.kind, before.settings, body.settings ?? {}))
      const fields = patchChannel(before, body)
      refuseFaults(channelFaults(fields))
      // On the revision that was read: a patch must not undo what somebody else did between.
      const row = await channels.replace(id, fields, username, clock.nowMs(), before.revision)
      if (!row) throw noChannel(id)
      if (row === 'changed') throw changedMeanwhile(await requireChannel(channels, id))
      const { target, detail } = aboutChannel(row)
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
      ...CHANNEL_ROUTE,
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
      await auditor.note({ actor: caller.username, action: 'channel.removed', ...aboutChannel(row) })
      return { body: undefined }
    },
  )
}

export async function requireChannel(channels: ChannelStore, id: string): Promise<ChannelRow> {
  const row = await channels.get(id)
  if (!row) throw noChannel(id)
  return row
}

function noChannel(id: string): AppError {
  return new AppError('NOT_FOUND', `There is no notification channel ${id}.`)
}

function changedMeanwhile({ updatedBy, updatedAtMs, revision }: ChannelRow): AppError {
  return new AppError(
    'STATE_CONFLICT',
    `Changed by ${updatedBy} at ${toTimestamp(updatedAtMs)}: it is at revision ${revision} now. Look at it again.`,
  )
}

/** What the audit log says of it: never a setting, which may be a secret. */
export function aboutChannel({ id, name, kind, enabled }: ChannelRow) {
  return { target: { type: 'channel', id }, detail: { name, kind, enabled } }
}
