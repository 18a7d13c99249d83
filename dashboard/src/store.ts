import type { DashboardConfig } from '@iot/contracts'
import { combineReducers, configureStore } from '@reduxjs/toolkit'
import { useDispatch, useSelector } from 'react-redux'
import { api } from './api/http-client.js'
import type { LiveFeed } from './api/live-feed.js'
import type { Transport } from './api/transport.js'
import { alertsReducer } from './features/alerts/alerts-slice.js'
import { connectionReducer } from './features/connection/connection-slice.js'
import { devicesReducer } from './features/devices/devices-slice.js'
import { notificationsReducer } from './features/notifications/notifications-slice.js'
import { preferencesReducer } from './features/preferences/preferences-slice.js'
import { sessionReducer } from './features/session/session-slice.js'

/** What thunks and queries reach as their `extra`. */
export interface AppDeps {
  transport: Transport
  feed: LiveFeed
  config: DashboardConfig
}

const reducer = combineReducers({
  session: sessionReducer,
  devices: devicesReducer,
  alerts: alertsReducer,
  connection: connectionReducer,
  notifications: notificationsReducer,
  preferences: preferencesReducer,
  [api.reducerPath]: api.reducer,
})

export type RootState = ReturnType<typeof reducer>

export function createStore(deps: AppDeps, preloadedState?: Partial<RootState>) {
  return configureStore({
    reducer,
    ...(preloadedState !== undefined && { preloadedState }),
    middleware: (defaults) =>
      defaults({
        thunk: { extraArgument: deps },
        // Both walk the whole state on each dispatch: with 10 000 devices that is a frame.
        immutableCheck: false,
        serializableCheck: false,
      }).concat(api.middleware),
  })
}

export type AppStore = ReturnType<typeof createStore>
export type AppDispatch = AppStore['dispatch']

export const useAppDispatch = useDispatch.withTypes<AppDispatch>()
export const useAppSelector = useSelector.withTypes<RootState>()
