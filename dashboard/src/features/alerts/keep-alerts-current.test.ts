import type { AlertWatcher } from '@iot/client'
import type { Alert, AlertEvent, AlertPage } from '@iot/contracts'
import { until } from '@iot/testkit'
import { describe, expect, it } from '@jest/globals'
import type { LiveFeed } from '../../api/live-feed.js'
import type { ApiRequest, ApiResult, Transport } from '../../api/transport.js'
import { type AppDeps, createStore } from '../../store.js'
import { connectionChanged } from '../connection/connection-slice.js'
import { signedIn, signedOut } from '../session/session-slice.js'
import { selectAlertSummary } from './alert-summary.js'
import { alertListToggled, alertToastClosed } from './alerts-slice.js'
import { keepAlertsCurrent } from './keep-alerts-current.js'

const ANNA = { id: 'u1', username: 'anna', role: 'operator' as const }

function alert(alertId: string, facts: Partial<Alert> = {}): Alert {
  return {
    alertId,
    deviceId: 'pump-7',
    severity: 'warning',
    type: 'threshold',
    message: `alert ${alertId}`,
    timestamp: '2026-01-01T00:00:00.000Z',
    openedAt: '2026-01-01T00:00:00.000Z',
    state: 'open',
    episode: 1,
    seq: 1,
    ...facts,
  }
}

const opened = (alertId: string, facts: Partial<Alert> = {}): AlertEvent => ({
  ...alert(alertId, facts),
  transition: 'opened',
})
const closed = (alertId: string, seq: number): AlertEvent => ({
  ...alert(alertId, { seq, state: 'closed', closedAt: '2026-01-01T00:05:00.000Z', closeReason: 'cleared' }),
  transition: 'closed',
})

async function setUp(first: readonly Alert[] = []) {
  const server = {
    answers: [] as ApiResult<AlertPage>[],
    alerts: first,
    asked: 0,
    /** until it is let go, an answer waits */
    hold: Promise.resolve() as Promise<void>,
  }
  const request = async (_request: ApiRequest) => {
    server.asked += 1
    const answer = server.answers.shift() ?? { data: { items: [...server.alerts] } }
    await server.hold
    return answer
  }
  let watcher: AlertWatcher | undefined
  const frames: (() => void)[] = []
  const feed = {
    watchAlerts: (given: AlertWatcher) => {
      watcher = given
      return () => undefined
    },
  } as unknown as LiveFeed
  const store = createStore({ transport: { request } as unknown as Transport, feed } as AppDeps)
  keepAlertsCurrent({ store, feed, requestFrame: (callback) => frames.push(callback), nowMs: Date.now })
  store.dispatch(signedIn(ANNA))
  const state = () => store.getState().alerts
  await until('the list is read', () => state().load === 'ready' || state().load === 'failed')
  return {
    store,
    server,
    state,
    ids: () => [...state().active.keys()],
    toasts: () => state().toasts.shown.map(({ alertId }) => alertId),
    frames,
    gap: () => watcher!.onGap?.(),
    come(...events: AlertEvent[]) {
      watcher!.onAlerts(events)
      for (const frame of frames.splice(0)) frame()
    },
  }
}

describe('the active alerts of a page', () => {
  it('are read once and follow their transitions; an older one and a repeat change nothing', async () => {
    const { come, ids, state } = await setUp([alert('a', { seq: 3, state: 'acknowledged' })])
    come(opened('b'), opened('a'), opened('b'))
    expect(ids()).toEqual(['a', 'b'])
    expect(state().active.get('a')?.state).toBe('acknowledged')
    come(closed('b', 2))
    come(opened('b'))
    expect(ids()).toEqual(['a'])
    expect(state().closed.get('b')?.closeReason).toBe('cleared')
  })

  it('cost one change a frame, however many come', async () => {
    const { store, state, frames, come, ids } = await setUp()
    let changes = 0
    let before = state()
    store.subscribe(() => {
      if (state() !== before) changes += 1
      before = state()
    })
    come(...Array.from({ length: 5_000 }, (_, index) => opened(`a${index}`)))
    expect([changes, ids().length, frames.length]).toEqual([1, 5_000, 0])
    expect(state().toasts).toMatchObject({ more: 4_997 })
    expect(selectAlertSummary(store.getState()).open).toBe(5_000)
  })

  it('keep what came while the list was on its way, and let go what it does not name', async () => {
    const { server, come, gap, ids } = await setUp([alert('old'), alert('kept')])
    // What is written down may be a little behind what is told live.
    come(opened('justHeard'))
    let letGo: () => void = () => undefined
    server.hold = new Promise((resolve) => {
      letGo = resolve
    })
    server.alerts = [alert('kept'), alert('missed'), alert('over')]
    gap()
    come(opened('new'), closed('over', 2))
    letGo()
    await until('the second list is in', () => server.asked === 2 && ids().includes('missed'))
    expect(ids().sort()).toEqual(['justHeard', 'kept', 'missed', 'new'])
  })

  it('say that they are not all when a page fails, and why when the first one does', async () => {
    const error = { status: 503, code: 'UNAVAILABLE' as const, title: 'away' }
    const { server, gap, state, ids, store } = await setUp([alert('a')])
    server.answers = [{ data: { items: [alert('b')], nextCursor: 'next' } }, { error }]
    gap()
    await until('both pages were asked for', () => server.asked === 3 && state().partial)
    expect([ids(), state().load]).toEqual([['a', 'b'], 'ready'])
    store.dispatch(signedOut())
    const fresh = await setUp()
    fresh.server.answers = [{ error }]
    fresh.gap()
    await until('the failure is known', () => fresh.state().error?.code === 'UNAVAILABLE')
    fresh.store.dispatch(signedOut())
  })

  it('are read again after a reconnection and under other rights, not at the first connection', async () => {
    const { store, server } = await setUp()
    store.dispatch(connectionChanged({ state: 'live' }))
    expect(server.asked).toBe(1)
    store.dispatch(connectionChanged({ state: 'reconnecting' }))
    store.dispatch(connectionChanged({ state: 'live' }))
    await until('after the reconnection', () => server.asked === 2)
    store.dispatch(signedIn({ ...ANNA, sites: ['Hanoi'] }))
    await until('under other rights', () => server.asked === 3)
    store.dispatch(connectionChanged({ state: 'offline' }))
  })
})

describe('what is told in the corner', () => {
  it('is what opens now: three at most, a critical one in the place of a warning', async () => {
    const { come, toasts, state } = await setUp([alert('before', { severity: 'critical' })])
    come(
      opened('a'),
      opened('b', { severity: 'critical' }),
      opened('c'),
      opened('d', { severity: 'critical' }),
    )
    expect(toasts()).toEqual(['b', 'c', 'd'])
    expect(state().toasts.more).toBe(1)
  })

  it('goes when somebody has taken the alert, when it is over, and when it is closed by the reader', async () => {
    const { come, toasts, store } = await setUp()
    come(opened('a'), opened('b'), opened('c'))
    come({ ...opened('a', { seq: 2, state: 'acknowledged' }), transition: 'acknowledged' }, closed('b', 2))
    expect(toasts()).toEqual(['c'])
    store.dispatch(alertToastClosed('c'))
    expect(toasts()).toEqual([])
  })

  it('is nothing to who has the list before them', async () => {
    const { come, toasts, store, ids } = await setUp()
    store.dispatch(alertListToggled(true))
    come(opened('a', { severity: 'critical' }))
    expect([ids(), toasts()]).toEqual([['a'], []])
  })
})
