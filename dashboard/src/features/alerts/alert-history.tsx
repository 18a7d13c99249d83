import type { AlertDetail } from '@iot/contracts'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../ui/format.js'
import classes from './alert-page.module.css'

/** Every transition with who and when, and what was said with it; oldest first. */
export function AlertHistory({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation()
  const format = useFormat()
  return (
    <ol className={classes.history}>
      {alert.history.map(({ seq, timestamp, transition, by, comment }) => {
        const atMs = Date.parse(timestamp)
        return (
          <li key={seq}>
            <div className={classes.moment}>
              <strong>{t(`alertPages.transitions.${transition}`)}</strong>
              <span>
                {by === undefined ? t('alertPages.bySystem') : t('alertPages.byName', { name: by })}
              </span>
              <time dateTime={timestamp} title={format.absolute(atMs)}>
                {format.time(atMs)}
              </time>
            </div>
            {comment !== undefined && <p className={classes.said}>{comment}</p>}
          </li>
        )
      })}
    </ol>
  )
}
