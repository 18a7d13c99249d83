import type { LiveFeed } from '../../api/live-feed.js'
import type { AppStore } from '../../store.js'
import type { FeedPump } from '../connection/feed-pump.js'
import { deviceRemoved } from './devices-slice.js'
import { loadDevices } from './load-devices.js'

/** A fleet that is just being connected names itself reading by reading: one list answers for many of them. */
const RELOAD_AFTER_MS = 3_000
/** Who looks away for less finds the list as it was. */
const UNSEEN_FOR_MS = 60_000

interface DevicesDeps {
  readonly store: AppStore
  readonly pump: Pick<FeedPump, 'start' | 'stop'>
  readonly feed: Pick<LiveFeed, 'on'>
  /** tells when the page goes out of sight, and when it comes back */
  readonly onSight: (listener: (inSight: boolean) => void) => void
  readonly nowMs: () => number
}

/**
 * Live data flow while somebody is signed in. The list of devices is read at the start, after a reconnection, and
 * when a reading names a device that the page has no description of, or one has moved back into sight. One that has moved
 * out of sight is gone at once, and does not stand there as if it had fallen silent. Nobody is told live of what others
 * removed or renamed: who comes back to the page after a while finds it done.
 */
export function keepDevicesCurrent({ store, pump, feed, onSight, nowMs }: DevicesDeps): void {
  let signedInId: string | undefined
  let wasLive = false
  let lostLive = false
  let reloadPending = false
  let described: unknown
  let hiddenAtMs = Number.POSITIVE_INFINITY

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
  onSight((inSight) => {
    const lookedAway = inSight && nowMs() - hiddenAtMs >= UNSEEN_FOR_MS
    hiddenAtMs = inSight ? Number.POSITIVE_INFINITY : nowMs()
    if (lookedAway && signedInId !== undefined) void store.dispatch(loadDevices())
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
