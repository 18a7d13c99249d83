import type { Notification, NotificationPage, ServerEvent } from '@iot/contracts'
import { until } from '@iot/testkit'
import { describe, expect, it } from '@jest/globals'
import type { LiveFeed } from '../../api/live-feed.js'
import type { ApiRequest, Transport } from '../../api/transport.js'
import { type AppDeps, createStore } from '../../store.js'
import { connectionChanged } from '../connection/connection-slice.js'
import { keepNotificationsCurrent } from './keep-notifications-current.js'
import { notificationsApi } from './notifications-api.js'
import { panelToggled } from './notifications-slice.js'

function notice(id: string, facts: Partial<Notification> = {}): Notification {
  return { id, type: 'info', message: `notice ${id}`, timestamp: '2026-01-01T00:00:00.000Z', ...facts }
}

async function setUp() {
  const answer: NotificationPage = { items: [notice('1', { read: true })], unread: 0 }
  const server = { answer, asked: 0 }
  const request = async (_request: ApiRequest) => {
    server.asked += 1
    return { data: structuredClone(server.answer) }
  }
  const listeners = new Map<ServerEvent, (body: never) => void>()
  const feed = {
    on: (event: ServerEvent, listener: (body: never) => void) => {
      listeners.set(event, listener)
      return () => undefined
    },
  } as unknown as LiveFeed
  const deps = { transport: { request } as unknown as Transport, feed, config: {} } as AppDeps
  const store = createStore(deps)
  keepNotificationsCurrent({ store, feed })
  await store.dispatch(notificationsApi.endpoints.notifications.initiate('all'))
  const first = () => notificationsApi.endpoints.notifications.select('all')(store.getState()).data!.pages[0]!
  return {
    store,
    server,
    come: (event: ServerEvent, body: unknown) => listeners.get(event)?.(body as never),
    ids: () => first().items.map(({ id }) => id),
    unread: () => first().unread,
    toasts: () => store.getState().notifications.toasts.map(({ id }) => id),
  }
}

describe('the list of notices', () => {
  it('has what comes live on top at once, counted and told once, also when it comes twice', async () => {
    const { come, ids, unread, toasts } = await setUp()
    come('notification', notice('2'))
    come('notification', notice('2'))
    expect(ids()).toEqual(['2', '1'])
    expect(unread()).toBe(1)
    expect(toasts()).toEqual(['2'])
  })

  it('is read again when another tab has read some, and after a reconnection, not after the first connection', async () => {
    const { store, come, server, unread } = await setUp()
    come('notification', notice('2'))
    store.dispatch(connectionChanged({ state: 'live' }))
    expect(server.asked).toBe(1)
    server.answer = { items: [notice('2', { read: true })], unread: 0 }
    come('notifications:read', { ids: ['2'], unread: 0 })
    await until('the list was read again', () => server.asked === 2 && unread() === 0)
    server.answer = { items: [notice('3')], unread: 1 }
    store.dispatch(connectionChanged({ state: 'reconnecting' }))
    store.dispatch(connectionChanged({ state: 'live' }))
    await until('what was missed is there', () => server.asked === 3 && unread() === 1)
  })

  it('tells three at most in the corner, and none to who has the list open', async () => {
    const { store, come, ids, toasts } = await setUp()
    for (const id of ['2', '3', '4', '5']) come('notification', notice(id))
    expect(toasts()).toEqual(['3', '4', '5'])
    store.dispatch(panelToggled(true))
    come('notification', notice('6'))
    expect(toasts()).toEqual([])
    expect(ids()[0]).toBe('6')
  })
})
