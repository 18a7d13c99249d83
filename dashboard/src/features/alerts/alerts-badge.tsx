import { useTranslation } from 'react-i18next'
import { useAppSelector } from '../../store.js'
import { useFormat } from '../../ui/format.js'
import { selectAlertSummary } from './alert-summary.js'
import classes from './alerts-badge.module.css'
import { useTitleBadge } from './use-title-badge.js'

const MOST_SHOWN = 99

/** How many alerts nobody has taken yet, beside the word in the navigation and in the tab’s title. */
export function AlertsBadge() {
  const { t } = useTranslation()
  const format = useFormat()
  const { open, openCritical } = useAppSelector(selectAlertSummary)
  useTitleBadge(open)
  if (open === 0) return null
  const words = [
    t('alerts.badge', { count: open }),
    ...(openCritical > 0 ? [t('alerts.badgeCritical', { count: openCritical })] : []),
  ]
  return (
    <>
      <span className={classes.badge} data-critical={openCritical > 0 || undefined} aria-hidden="true">
        {open > MOST_SHOWN ? `${MOST_SHOWN}+` : format.integer(open)}
      </span>
      <span className="visually-hidden">{`: ${words.join(', ')}`}</span>
    </>
  )
}
