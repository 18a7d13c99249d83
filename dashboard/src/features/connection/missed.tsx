import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { paths } from '../../paths.js'
import { useFormat } from '../../ui/format.js'
import type { Absence } from './absence.js'
import classes from './missed.module.css'

/** More are better looked at in the list of devices. */
const MOST_DEVICES = 3

/** What happened while the connection was away, in a few words, with the way to the devices that changed. */
export function Missed({ absence, fetched = 0 }: { absence: Absence; fetched?: number | undefined }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { lastedMs, renewed, changed, notices } = absence
  const facts = [
    t('missed.away', { duration: format.duration(lastedMs) }),
    renewed === 0 ? t('missed.nothing') : t('missed.renewed', { count: renewed }),
    ...(fetched === 0 ? [] : [t('missed.fetched', { count: fetched })]),
    ...(notices === 0 ? [] : [t('missed.notices', { count: notices })]),
  ]
  const rest = changed.length - MOST_DEVICES
  return (
    <>
      {facts.join(' · ')}
      {changed.length > 0 && (
        <ul className={classes.changed}>
          {changed.slice(0, MOST_DEVICES).map(({ deviceId, name, status }) => (
            <li key={deviceId}>
              <Link to={paths.device(deviceId)}>{name}</Link>: {t(`status.${status}`)}
            </li>
          ))}
          {rest > 0 && (
            <li>
              <Link to={paths.devices({ sort: 'status' })}>
                {t('overview.attentionMore', { count: rest })}
              </Link>
            </li>
          )}
        </ul>
      )}
    </>
  )
}
