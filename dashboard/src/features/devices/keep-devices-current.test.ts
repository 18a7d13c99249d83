import type { Device, SessionUser } from '@iot/contracts'
import { until } from '@iot/testkit'
import { describe, expect, it, jest } from '@jest/globals'
import type { LiveFeed } from '../../api/live-feed.js'
import type { Transport } from '../../api/transport.js'
import { type AppDeps, createStore } from '../../store.js'
import { signedIn } from '../session/session-slice.js'
import { keepDevicesCurrent } from './keep-devices-current.js'

const NORTHERNER: SessionUser = { id: 'u1', username: 'nora', role: 'user', sites: ['North'] }

function device(deviceId: string): Device {
  return {
    ...{ deviceId, name: deviceId, status: 'online', site: 'North' },
    ...{ tags: [], attributes: {}, sensors: [], createdAt: '2026-01-01T00:00:00.000Z' },
  }
}

/** The page of somebody limited to a site, whose devices the server names as `listed` says. */
async function setUp(listed: string[]) {
  let tell: (body: { deviceId: string; visible: boolean }) => void = () => undefined
  let see: (inSight: boolean) => void = () => undefined
  let nowMs = 0
  let requests = 0
  const feed = {
    on: (_event: string, handler: typeof tell) => {
      tell = handler
      return () => undefined
    },
  } as unknown as LiveFeed
  const request = async () => {
    requests++
    return { data: { items: listed.map(device) } }
  }
  const store = createStore({ transport: { request } as unknown as Transport, feed, config: {} } as AppDeps)
  keepDevicesCurrent({
    ...{ store, pump: { start() {}, stop() {} }, feed, nowMs: () => nowMs },
    onSight: (listener) => {
      see = listener
    },
  })
  store.dispatch(signedIn(NORTHERNER))
  const shown = () => store.getState().devices.ids
  await until('the list is there', () => shown().length === listed.length)
  return {
    shown,
    move: (deviceId: string, visible: boolean) => tell({ deviceId, visible }),
    lookAwayFor(ms: number) {
      see(false)
      nowMs += ms
      see(true)
    },
    requests: () => requests,
  }
}

describe('the list of somebody who is limited to a site', () => {
  it('has no device any more that was moved away', async () => {
    const { shown, move } = await setUp(['pump', 'fan'])
    move('pump', false)
    expect(shown()).toEqual(['fan'])
  })

  it('has one that was moved there before it speaks', async () => {
    const listed = ['fan']
    const { shown, move } = await setUp(listed)
    listed.push('pump')
    jest.useFakeTimers()
    try {
      move('pump', true)
      jest.advanceTimersByTime(3_000)
    } finally {
      jest.useRealTimers()
    }
    await until('it is shown', () => shown().length === 2)
    expect(shown()).toEqual(['fan', 'pump'])
  })
})

describe('the list of a page that nobody has looked at for a while', () => {
  it('is read again when somebody does: what others removed is gone', async () => {
    const listed = ['pump', 'fan']
    const { shown, lookAwayFor, requests } = await setUp(listed)
    listed.shift()
    lookAwayFor(59_000)
    expect(requests()).toBe(1)
    lookAwayFor(60_000)
    await until('the removed one is gone', () => shown().length === 1)
    expect(shown()).toEqual(['fan'])
    expect(requests()).toBe(2)
  })
})
