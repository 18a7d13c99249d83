import type { Role } from '@iot/contracts'
import { useTranslation } from 'react-i18next'
import { NavLink, Outlet } from 'react-router'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import tabs from '../../ui/page-tabs.module.css'
import { hasRole, selectUser } from '../session/session-slice.js'

const ENTRIES = [
  { to: paths.system(), label: 'nav.system', atLeast: 'user' },
  { to: paths.deadLetters(), label: 'nav.deadLetters', atLeast: 'operator' },
  { to: paths.users(), label: 'nav.users', atLeast: 'admin' },
  { to: paths.connections(), label: 'nav.connections', atLeast: 'admin' },
  { to: paths.activity(), label: 'nav.activity', atLeast: 'admin' },
  { to: paths.sendNotice(), label: 'nav.sendNotice', atLeast: 'admin' },
  { to: paths.channels(), label: 'nav.channels', atLeast: 'admin' },
  { to: paths.audit(), label: 'nav.audit', atLeast: 'admin' },
] as const satisfies readonly { to: string; label: string; atLeast: Role }[]

/** The pages of who runs the system, each for those whose role includes it. */
export function AdminLayout() {
  const { t } = useTranslation()
  const user = useAppSelector(selectUser)
  const entries = ENTRIES.filter(({ atLeast }) => hasRole(user, atLeast))
  return (
    <>
      {entries.length > 1 && (
        <nav className={tabs.tabs} aria-label={t('nav.admin')}>
          {entries.map(({ to, label }) => (
            <NavLink key={to} to={to}>
              {t(label)}
            </NavLink>
          ))}
        </nav>
      )}
      <Outlet />
    </>
  )
}
