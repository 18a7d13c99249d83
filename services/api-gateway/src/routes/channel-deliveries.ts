import { randomUUID } from 'node:crypto'
import { ChannelId, ChannelTestAnswer, DeliveriesQuery, DeliveryPage, PAGE_LIMIT } from '@iot/contracts'
import type { AlertSender } from '@iot/ports'
import { Type } from 'typebox'
import { createCursor } from '../cursor.js'
import { presentDelivery } from '../present/present-channel.js'
import { type Route, route } from '../route.js'
import {
  aboutChannel,
  CHANNEL_ROUTE,
  type ChannelDeps,
  ChannelParams,
  requireChannel,
} from './notification-channels.js'

export interface ChannelDeliveryDeps extends ChannelDeps {
  readonly sender: AlertSender
}

const cursor = createCursor(Type.Tuple([ChannelId]))

/** What is sent by the channels: a message to try one, and what became of all the others. */
export function channelDeliveryRoutes(deps: ChannelDeliveryDeps): Route[] {
  return [testChannel(deps), listDeliveries(deps)]
}

function testChannel({ channels, sender, auditor, clock }: ChannelDeliveryDeps): Route {
  return route(
    {
      ...CHANNEL_ROUTE,
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
        target: aboutChannel(row).target,
        detail: { name: row.name, ok: outcome.ok },
      })
      return { body: result }
    },
  )
}

function listDeliveries({ channels }: ChannelDeliveryDeps): Route {
  return route(
    {
      ...CHANNEL_ROUTE,
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
