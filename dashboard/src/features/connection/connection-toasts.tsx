import '@mantine/notifications/styles.css'
import { Notifications, notifications } from '@mantine/notifications'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useConnection } from '../../api/live-feed.js'

/** A change that lasts shorter is nobody's business. */
const SETTLE_MS = 3_000

type Told = 'live' | 'polling' | 'lost'

/** Says once that the connection was lost, and once that it is back, when either has lasted. */
export function ConnectionToasts() {
  const { t } = useTranslation()
  const { state, firstAttempt } = useConnection()
  const told = useRef<Told>(undefined)
  const now: Told =
    state === 'polling' ? 'polling' : state === 'reconnecting' || state === 'offline' ? 'lost' : 'live'
  useEffect(() => {
    if (firstAttempt) return
    if (told.current === undefined && now === 'live') told.current = 'live'
    if (told.current === now) return
    const timer = setTimeout(() => {
      told.current = now
      notifications.show({
        id: `connection-${now}`,
        color: now === 'live' ? 'accent' : 'orange',
        title: now === 'live' ? t('connection.back') : t('connection.lost'),
        message:
          now === 'live'
            ? t('connection.backDetail')
            : now === 'polling'
              ? t('connection.pollingDetail')
              : t('connection.lostDetail'),
        closeButtonProps: { 'aria-label': t('help.close') },
        autoClose: now === 'live' ? 4_000 : 8_000,
      })
    }, SETTLE_MS)
    return () => clearTimeout(timer)
  }, [now, firstAttempt, t])
  return <Notifications position="bottom-right" limit={3} containerWidth={320} />
}
