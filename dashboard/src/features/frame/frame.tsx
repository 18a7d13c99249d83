import { ActionIcon, UnstyledButton } from '@mantine/core'
import { type ReactNode, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, NavLink, Outlet, useLocation } from 'react-router'
import { loadPart } from '../../load-part.js'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import { ErrorBoundary } from '../../ui/error-boundary.js'
import { Icon, type IconName } from '../../ui/icon.js'
import { Logo } from '../../ui/logo.js'
import { LoadingState } from '../../ui/states.js'
import { ToastArea } from '../../ui/toast.js'
import { AlertToasts } from '../alerts/alert-toasts.js'
import { AlertsBadge } from '../alerts/alerts-badge.js'
import { ConnectionIndicator } from '../connection/connection-indicator.js'
import { ConnectionToasts } from '../connection/connection-toasts.js'
import { PauseButton } from '../connection/pause-button.js'
import { NotificationBell } from '../notifications/notification-bell.js'
import { NotificationToasts } from '../notifications/notification-toasts.js'
import { hasRole, selectUser } from '../session/session-slice.js'
import classes from './frame.module.css'
import { PaletteDoor, usePaletteAhead } from './palette-door.js'
import { useShortcuts } from './use-shortcuts.js'
import { UserMenu } from './user-menu.js'

const ChangePasswordDialog = loadPart(
  async () => (await import('../session/change-password-dialog.js')).ChangePasswordDialog,
)
const AlertSignals = loadPart(async () => (await import('../alerts/alert-signals.js')).AlertSignals)
const ShortcutHelp = loadPart(async () => (await import('./shortcut-help.js')).ShortcutHelp)

interface Entry {
  to: string
  icon: IconName
  label: 'nav.overview' | 'nav.devices' | 'alerts.title' | 'nav.system' | 'nav.admin'
  badge?: ReactNode
  /** pages that belong to it and have other addresses */
  covers?: readonly string[]
}

/** The page around every page: where to go, how the connection is, who is here. */
export function Frame() {
  const { t } = useTranslation()
  const user = useAppSelector(selectUser)
  const signedIn = useAppSelector((state) => state.session.status === 'signedIn')
  const loud = useAppSelector(
    ({ preferences }) => preferences.alertSound !== 'off' || preferences.alertDesktop !== 'off',
  )
  const { pathname } = useLocation()
  const [overlay, setOverlay] = useState<'palette' | 'help' | 'password'>()
  useShortcuts({ onPalette: () => setOverlay('palette'), onHelp: () => setOverlay('help') })
  usePaletteAhead()

  const entries: Entry[] = [
    { to: paths.overview(), icon: 'overview', label: 'nav.overview' },
    { to: paths.devices(), icon: 'devices', label: 'nav.devices' },
    {
      to: paths.alerts(),
      icon: 'alerts',
      label: 'alerts.title',
      badge: <AlertsBadge />,
      covers: [paths.rules(), paths.maintenance()],
    },
    hasRole(user, 'operator')
      ? { to: paths.admin(), icon: 'admin', label: 'nav.admin' }
      : { to: paths.system(), icon: 'system', label: 'nav.system' },
  ]
  return (
    <>
      <a className={classes.skip} href="#content">
        {t('app.skip')}
      </a>
      <header className={classes.header}>
        <div className={classes.bar}>
          <Link className={classes.brand} to={paths.overview()} aria-label={t('app.name')}>
            <Logo />
            <span className={classes.name}>{t('app.name')}</span>
          </Link>
          <nav className={classes.nav} aria-label={t('nav.main')}>
            {entries.map((entry) => (
              <NavLink
                key={entry.to}
                className={classes.entry!}
                to={entry.to}
                end={entry.to === '/'}
                data-covers={entry.covers?.some((path) => pathname.startsWith(path)) || undefined}
              >
                <Icon name={entry.icon} size={20} />
                <span>{t(entry.label)}</span>
                {entry.badge}
              </NavLink>
            ))}
          </nav>
          <div className={classes.tools}>
            <UnstyledButton className={classes.search} onClick={() => setOverlay('palette')}>
              <Icon name="search" />
              <span>{t('nav.search')}</span>
              <kbd>Ctrl K</kbd>
            </UnstyledButton>
            <ActionIcon
              className={classes.searchIcon!}
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={t('nav.search')}
              onClick={() => setOverlay('palette')}
            >
              <Icon name="search" size={18} />
            </ActionIcon>
            <ConnectionIndicator />
            <PauseButton />
            <NotificationBell />
            <UserMenu onHelp={() => setOverlay('help')} onPassword={() => setOverlay('password')} />
          </div>
        </div>
      </header>
      <main id="content" className={classes.content} tabIndex={-1}>
        <ErrorBoundary key={pathname}>
          <Suspense fallback={<LoadingState heightPx={320} rows={4} />}>
            <Outlet />
          </Suspense>
        </ErrorBoundary>
      </main>
      <ToastArea>
        <AlertToasts />
        <NotificationToasts />
        {signedIn && <ConnectionToasts />}
      </ToastArea>
      <Suspense>
        {loud && <AlertSignals />}
        {overlay === 'palette' && <PaletteDoor onClose={() => setOverlay(undefined)} />}
        {overlay === 'password' && <ChangePasswordDialog onClose={() => setOverlay(undefined)} />}
        {overlay === 'help' && <ShortcutHelp onClose={() => setOverlay(undefined)} />}
      </Suspense>
    </>
  )
}
