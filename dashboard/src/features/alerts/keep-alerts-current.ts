import type { AlertEvent } from '@iot/contracts'
import type { LiveFeed } from '../../api/live-feed.js'
import type { AppStore } from '../../store.js'
import { isSameSession } from '../session/session-slice.js'
import { alertFrame, alertsSeen, LIST_BEHIND_MS } from './alerts-slice.js'
import { loadAlerts } from './load-alerts.js'

/** While the sockets fail, the list is asked for instead. */
const POLL_EVERY_MS = 15_000
/** What could not be read is asked for again by itself. */
const AGAIN_AFTER_MS = 15_000

interface AlertsDeps {
  store: AppStore
  feed: LiveFeed
  requestFrame: (callback: () => void) => void
  nowMs: () => number
}

/**
 * Active alerts are read when somebody signs in and after every reconnection, and once more when the list has caught up
 * with what was told just before; what happens to them comes live, at most one dispatch per frame. A pause of live data does not stop them: who looks at a chart wants to hear of an alarm.
 */
export function keepAlertsCurrent({ store, feed, requestFrame, nowMs }: AlertsDeps): void {
  const waiting = new Map<string, AlertEvent>()
  let framePending = false

  function take(events: readonly AlertEvent[]): void {
    for (const event of events) {
      const before = waiting.get(event.alertId)
      if (before !== undefined && before.seq >= event.seq) continue
      // Opened and acknowledged within one frame is acknowledged, and no news any more.
      waiting.set(event.alertId, event)
    }
    if (framePending || waiting.size === 0) return
    framePending = true
    requestFrame(flush)
  }

  function flush(): void {
    framePending = false
    const events = [...waiting.values()]
    waiting.clear()
    if (store.getState().session.status !== 'signedOut') store.dispatch(alertFrame({ events, atMs: nowMs() }))
  }

  let retry: ReturnType<typeof setTimeout> | undefined
  const read = () => {
    clearTimeout(retry)
    void store.dispatch(loadAlerts()).then(() => {
      const { alerts, session } = store.getState()
      if (alerts.error !== undefined && session.status === 'signedIn')
        retry = setTimeout(read, AGAIN_AFTER_MS)
    })
  }
  feed.watchAlerts({
    onAlerts: take,
    onSnapshot: (alerts) => void store.dispatch(alertsSeen(alerts)),
    onGap: read,
  })
  followSession(store, { read, left: () => clearTimeout(retry) })
  followConnection(store, read)
}

function followSession(store: AppStore, { read, left }: { read: () => void; left: () => void }): void {
  let before = store.getState().session.user
  if (store.getState().session.status === 'signedIn') read()
  store.subscribe(() => {
    const { user, status } = store.getState().session
    if (user === before || (status !== 'signedIn' && user !== undefined)) return
    const same = before !== undefined && user !== undefined && isSameSession(before, user)
    before = user
    if (user === undefined) left()
    else if (!same) read()
  })
}

function followConnection(store: AppStore, read: () => void): void {
  let wasLive = false
  let lostLive = false
  let polling: ReturnType<typeof setInterval> | undefined
  let settling: ReturnType<typeof setTimeout> | undefined
  store.subscribe(() => {
    const { state } = store.getState().connection
    if (state === 'polling') polling ??= setInterval(read, POLL_EVERY_MS)
    else {
      clearInterval(polling)
      polling = undefined
    }
    const live = state === 'live'
    if (live === wasLive) return
    // First: what reading begins with comes back here.
    wasLive = live
    clearTimeout(settling)
    if (!live) {
      lostLive = true
      return
    }
    settling = setTimeout(read, LIST_BEHIND_MS * (1 + Math.random()))
    if (lostLive) read()
    lostLive = false
  })
}
