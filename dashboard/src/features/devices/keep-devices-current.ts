import type { LiveFeed } from '../../api/live-feed.js'
import type { AppStore } from '../../store.js'
import type { FeedPump } from '../connection/feed-pump.js'
import { deviceRemoved } from './devices-slice.js'
import { loadDevices } from './load-devices.js'

/** A fleet that is just being connected names itself reading by reading: one list answers for many of them. */
const RELOAD_AFTER_MS = 3_000

interface DevicesDeps {
  readonly store: AppStore
  readonly pump: Pick<FeedPump, 'start' | 'stop'>
  readonly feed: Pick<LiveFeed, 'on'>
}

/**
 * Live data flow while somebody is signed in. The list of devices is read at the start, after a reconnection, and
 * when a reading names a device that the page has no description of, or one has moved back into sight. One that has moved
 * out of sight is gone at once, and does not stand there as if it had fallen silent.
 */
export function keepDevicesCurrent({ store, pump, feed }: DevicesDeps): void {
  let signedInId: string | undefined
  let wasLive = false
  let lostLive = false
  let reloadPending = false
  let described: unknown

  function reloadSoon(): void {
    if (reloadPending) return
    reloadPending = true
    setTimeout(() => {
      reloadPending = false
      if (signedInId !== undefined) void store.dispatch(loadDevices())
    }, RELOAD_AFTER_MS)
  }

  function followSession(userId: string | undefined): void {
    if (userId === signedInId) return
    const wasSignedIn = signedInId !== undefined
    // First: what the pump says at its end comes back here.
    signedInId = userId
    if (wasSignedIn) pump.stop()
    if (userId === undefined) return
    void store.dispatch(loadDevices())
    pump.start()
  }

  feed.on('device:visibility', ({ deviceId, visible }) => {
    if (visible) reloadSoon()
    else store.dispatch(deviceRemoved({ deviceId }))
  })
  store.subscribe(() => {
    const { session, connection, devices } = store.getState()
    followSession(session.status === 'signedIn' ? session.user?.id : undefined)
    const live = connection.state === 'live'
    if (wasLive && !live) lostLive = true
    if (live && !wasLive && lostLive) reloadSoon()
    wasLive = live
    if (devices.ids === described) return
    described = devices.ids
    if (devices.load === 'ready' && devices.ids.some((id) => !devices.entities[id]?.described)) reloadSoon()
  })
}
