import { useTranslation } from 'react-i18next'
import { NavLink, Outlet } from 'react-router'
import { paths } from '../../paths.js'
import tabs from '../../ui/page-tabs.module.css'

const ENTRIES = [
  { to: paths.alerts(), label: 'alerts.title' },
  { to: paths.rules(), label: 'nav.rules' },
  { to: paths.maintenance(), label: 'nav.maintenance' },
] as const

/** What is wrong, by which rules, and when nobody wants to hear of it. */
export function AlertsLayout() {
  const { t } = useTranslation()
  return (
    <>
      <nav className={tabs.tabs} aria-label={t('alertPages.pages')}>
        {ENTRIES.map(({ to, label }) => (
          <NavLink key={to} to={to}>
            {t(label)}
          </NavLink>
        ))}
      </nav>
      <Outlet />
    </>
  )
}
