import type { RouteObject } from 'react-router'
import { Frame } from './features/frame/frame.js'
import { NotFoundPage } from './features/frame/not-found-page.js'
import { RouteError } from './features/frame/route-error.js'
import { OverviewPage } from './features/overview/overview-page.js'
import { RequireRole } from './features/session/require-role.js'
import { RequireSession } from './features/session/require-session.js'
import { routePatterns } from './paths.js'

/** Everything but the overview is fetched when it is first opened. */
export const routes: RouteObject[] = [
  {
    path: routePatterns.login,
    errorElement: <RouteError />,
    lazy: async () => ({ Component: (await import('./features/session/login-page.js')).LoginPage }),
  },
  {
    path: routePatterns.setup,
    errorElement: <RouteError />,
    lazy: async () => ({ Component: (await import('./features/session/setup-page.js')).SetupPage }),
  },
  {
    element: (
      <RequireSession>
        <Frame />
      </RequireSession>
    ),
    errorElement: <RouteError />,
    children: [
      { path: routePatterns.overview, element: <OverviewPage /> },
      {
        path: routePatterns.devices,
        lazy: async () => ({ Component: (await import('./features/devices/devices-page.js')).DevicesPage }),
      },
      {
        path: routePatterns.device,
        lazy: async () => ({ Component: (await import('./features/device/device-page.js')).DevicePage }),
      },
      {
        element: <RequireRole atLeast="operator" />,
        children: [
          {
            path: routePatterns.addDevice,
            lazy: async () => ({
              Component: (await import('./features/add-device/add-device-page.js')).AddDevicePage,
            }),
          },
          {
            path: routePatterns.deadLetters,
            lazy: async () => ({
              Component: (await import('./features/admin/dead-letters-page.js')).DeadLettersPage,
            }),
          },
        ],
      },
      {
        path: routePatterns.system,
        lazy: async () => ({ Component: (await import('./features/admin/system-page.js')).SystemPage }),
      },
      { path: '*', element: <NotFoundPage /> },
    ],
  },
]
