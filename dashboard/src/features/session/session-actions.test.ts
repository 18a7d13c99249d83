import type { DashboardConfig, Device, SessionUser } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import type { LiveFeed } from '../../api/live-feed.js'
import type { ApiRequest, Transport } from '../../api/transport.js'
import { createStore } from '../../store.js'
import { deviceUpserted } from '../devices/devices-slice.js'
import { followRenewal, leave, logIn, logOut } from './session-actions.js'
import { sessionEnded, signedIn } from './session-slice.js'

const linh: SessionUser = { id: 'u1', username: 'linh', role: 'operator' }

function setUp(user: SessionUser | null = linh) {
  const asked: string[] = []
  const outlive: string[] = []
  const request = async ({ path, keepalive }: ApiRequest) => {
    asked.push(path)
    if (keepalive) outlive.push(path)
    return path === '/auth/login'
      ? { data: { accessToken: 'new', expiresIn: 900, user: { ...linh, role: 'admin' } } }
      : { data: { items: [] } }
  }
  const transport = { request, begin: () => undefined, end: () => undefined } as unknown as Transport
  const store = createStore({ transport, feed: {} as LiveFeed, config: {} as DashboardConfig })
  if (user !== null) store.dispatch(signedIn(user))
  store.dispatch(deviceUpserted(device('pump')))
  return { store, asked, outlive, devices: () => store.getState().devices.ids }
}

function device(deviceId: string): Device {
  return {
    deviceId,
    name: deviceId,
    status: 'online',
    tags: [],
    attributes: {},
    createdAt: '2026-01-01T00:00:00.000Z',
    sensors: [],
  }
}

describe('a session that the server renews', () => {
  it('changes nothing while its user and rights are the same', async () => {
    const { store, asked, devices } = setUp({ ...linh, sites: ['a', 'b'] })
    const before = store.getState().session
    await store.dispatch(followRenewal({ ...linh, sites: ['b', 'a'] }))
    expect(store.getState().session).toBe(before)
    expect(asked).toEqual([])
    expect(devices()).toEqual(['pump'])
  })

  it('takes other rights over at once, and reads the devices again: what may not be seen any more goes', async () => {
    const { store, asked, devices } = setUp()
    await store.dispatch(followRenewal({ ...linh, sites: ['Hanoi'] }))
    expect(store.getState().session).toMatchObject({ status: 'signedIn', user: { sites: ['Hanoi'] } })
    expect(asked).toContain('/devices')
    expect(devices()).toEqual([])
  })

  it('of somebody else leaves nothing of the one before', async () => {
    const { store, devices } = setUp()
    const renewed = store.dispatch(followRenewal({ id: 'u2', username: 'an', role: 'user' }))
    expect(devices()).toEqual([])
    await renewed
    expect(store.getState().session.user?.username).toBe('an')
  })

  it('before anybody has signed in is for who asked for it', async () => {
    const { store } = setUp(null)
    await store.dispatch(followRenewal(linh))
    expect(store.getState().session.status).toBe('unknown')
  })
})

describe('a session that has ended', () => {
  it('keeps the user and what is shown, and goes on with the rights of the next login', async () => {
    const { store, devices } = setUp()
    store.dispatch(sessionEnded())
    expect(store.getState().session).toEqual({ status: 'ended', user: linh })
    expect(devices()).toEqual(['pump'])
    expect(await store.dispatch(logIn({ username: 'linh', password: 'x' }))).toBeUndefined()
    expect(store.getState().session).toMatchObject({ status: 'signedIn', user: { role: 'admin' } })
  })

  it('is left by who is somebody else, with nothing of it on the page', async () => {
    const { store, devices } = setUp()
    store.dispatch(sessionEnded())
    await store.dispatch(leave())
    expect(store.getState().session).toEqual({ status: 'signedOut' })
    expect(devices()).toEqual([])
  })

  it('is no matter of who has not signed in', () => {
    const { store } = setUp(null)
    store.dispatch(sessionEnded())
    expect(store.getState().session.status).toBe('unknown')
  })
})

describe('logging out', () => {
  it('reaches the server even where the page is closed at once, and leaves nothing', async () => {
    const { store, outlive, devices } = setUp()
    await store.dispatch(logOut())
    expect(outlive).toEqual(['/auth/logout'])
    expect(store.getState().session.status).toBe('signedOut')
    expect(devices()).toEqual([])
  })
})
