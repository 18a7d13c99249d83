import './mantine-styles.js'
import 'virtual:theme-variables.css'
import './app.css'
import { setupListeners } from '@reduxjs/toolkit/query'
import { createRoot } from 'react-dom/client'
import { openBackend } from './api/open-backend.js'
import { createTransport } from './api/transport.js'
import { App } from './app.js'
import { keepAlertsCurrent } from './features/alerts/keep-alerts-current.js'
import { createFeedPump } from './features/connection/feed-pump.js'
import { keepDevicesCurrent } from './features/devices/keep-devices-current.js'
import { keepNotificationsCurrent } from './features/notifications/keep-notifications-current.js'
import { PREFERENCES_KEY, readPreferences } from './features/preferences/preferences-slice.js'
import { followRenewal, resumeSession } from './features/session/session-actions.js'
import { sessionEnded } from './features/session/session-slice.js'
import { createI18n } from './i18n/i18n.js'
import { fetchPageAhead } from './routes.js'
import { type AppStore, createStore } from './store.js'

async function start(root: HTMLElement): Promise<void> {
  const preferences = readPreferences(storedPreferences(), navigator.language)
  const [backend, i18n] = await Promise.all([openBackend(), createI18n(preferences.language)])
  let store: AppStore | undefined
  const transport = createTransport({
    fetch: backend.fetch,
    apiUrl: backend.config.apiUrl,
    onSessionEnded: () => store?.dispatch(sessionEnded()),
    onRenewed: (user) => void store?.dispatch(followRenewal(user)),
    ...(backend.trace && { trace: backend.trace }),
  })
  const feed = backend.openFeed(transport)
  store = createStore({ transport, feed, config: backend.config }, { preferences })
  const pump = createFeedPump({ feed, store, requestFrame: nextFrame, nowMs: Date.now })
  keepAlertsCurrent({ store, feed, requestFrame: nextFrame, nowMs: Date.now })
  const onSight = (listener: (inSight: boolean) => void) =>
    document.addEventListener('visibilitychange', () => listener(!document.hidden))
  keepDevicesCurrent({ store, pump, feed, onSight, nowMs: Date.now })
  keepNotificationsCurrent({ store, feed })
  addEventListener('online', () => pump.retryNow())
  // Whether somebody looks: pages that ask again and again rest while they are hidden.
  setupListeners(store.dispatch)
  if (transport.mayResume()) fetchPageAhead(location.pathname)
  await store.dispatch(resumeSession())
  createRoot(root).render(<App store={store} pump={pump} i18n={i18n} config={backend.config} />)
}

/** A hidden tab draws no frames; the newest values must be there when it is looked at again. */
function nextFrame(callback: () => void): void {
  if (document.hidden) setTimeout(callback, 1_000)
  else requestAnimationFrame(callback)
}

function storedPreferences(): string | null {
  try {
    return localStorage.getItem(PREFERENCES_KEY)
  } catch {
    return null
  }
}

const root = document.getElementById('root')
if (root !== null) {
  start(root).catch((error: unknown) => {
    root.textContent = `IoT Monitoring could not start: ${error instanceof Error ? error.message : String(error)}`
  })
}
