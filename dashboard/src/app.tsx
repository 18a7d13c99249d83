import type { DashboardConfig } from '@iot/contracts'
import { type MantineColorSchemeManager, MantineProvider } from '@mantine/core'
import type { i18n } from 'i18next'
import { createContext, Suspense, useContext, useEffect } from 'react'
import { I18nextProvider } from 'react-i18next'
import { Provider } from 'react-redux'
import { BrowserRouter } from 'react-router'
import { DeviceWatchingContext } from './api/live-feed.js'
import type { FeedPump } from './features/connection/feed-pump.js'
import { PREFERENCES_KEY, selectPreferences } from './features/preferences/preferences-slice.js'
import { switchLanguage } from './i18n/i18n.js'
import { AppRoutes } from './routes.js'
import { type AppStore, useAppSelector } from './store.js'
import { theme } from './theme.js'
import { ErrorBoundary } from './ui/error-boundary.js'
import { FormatProvider } from './ui/format.js'
import { useMedia } from './ui/use-media.js'

const ConfigContext = createContext<DashboardConfig | undefined>(undefined)

/** What the origin said of itself: where devices publish to, the version. */
export function useConfig(): DashboardConfig {
  const config = useContext(ConfigContext)
  if (config === undefined) throw new Error('no ConfigContext above this component')
  return config
}

interface AppProps {
  store: AppStore
  pump: FeedPump
  i18n: i18n
  config: DashboardConfig
}

export function App({ store, pump, i18n, config }: AppProps) {
  return (
    <Provider store={store}>
      <I18nextProvider i18n={i18n}>
        <ConfigContext.Provider value={config}>
          <DeviceWatchingContext.Provider value={pump}>
            <Preferred i18n={i18n}>
              <BrowserRouter>
                <ErrorBoundary>
                  <Suspense>
                    <AppRoutes />
                  </Suspense>
                </ErrorBoundary>
              </BrowserRouter>
            </Preferred>
          </DeviceWatchingContext.Provider>
        </ConfigContext.Provider>
      </I18nextProvider>
    </Provider>
  )
}

/** The preferences are the store's alone: Mantine reads them, and keeps none of its own. */
const storeOwnsScheme: MantineColorSchemeManager = {
  get: (fallback) => fallback,
  set: () => undefined,
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  clear: () => undefined,
}

function Preferred({ i18n, children }: { i18n: i18n; children: React.ReactNode }) {
  const preferences = useAppSelector(selectPreferences)
  const systemDark = useMedia('(prefers-color-scheme: dark)')
  const scheme =
    preferences.colorScheme === 'auto' ? (systemDark ? 'dark' : 'light') : preferences.colorScheme
  useEffect(() => {
    document.documentElement.lang = preferences.language
    document.documentElement.dataset.density = preferences.density
    void switchLanguage(i18n, preferences.language)
    try {
      localStorage.setItem(PREFERENCES_KEY, JSON.stringify(preferences))
    } catch {
      // storage refused: the choice lasts as long as the page
    }
  }, [i18n, preferences])
  return (
    <MantineProvider
      theme={theme}
      forceColorScheme={scheme}
      colorSchemeManager={storeOwnsScheme}
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <FormatProvider
        language={preferences.language}
        {...(preferences.timeZone === 'utc' && { timeZone: 'UTC' })}
      >
        {children}
      </FormatProvider>
    </MantineProvider>
  )
}
