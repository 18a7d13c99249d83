import { ActionIcon } from '@mantine/core'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { loadPart } from '../../load-part.js'
import { CornerPanel } from '../../ui/corner-panel.js'
import { useFormat } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import { LoadingState } from '../../ui/states.js'
import classes from './notifications.module.css'
import { useNotificationsInfiniteQuery } from './notifications-api.js'

const NotificationPanel = loadPart(async () => (await import('./notification-panel.js')).NotificationPanel)

/** More digits would push the bell aside. */
const MOST_SHOWN = 99

/** How many notices are unread; the list on a click. */
export function NotificationBell() {
  const { t } = useTranslation()
  const format = useFormat()
  const { data } = useNotificationsInfiniteQuery('all')
  const unread = data?.pages[0]?.unread ?? 0
  const label = unread === 0 ? t('notices.bell') : t('notices.bellUnread', { count: unread })
  return (
    <CornerPanel
      wide
      label={t('notices.title')}
      trigger={(props) => (
        <ActionIcon
          {...props}
          className={classes.bell!}
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={label}
        >
          <Icon name="bell" size={18} />
          {unread > 0 && (
            <span className={classes.count} aria-hidden="true">
              {unread > MOST_SHOWN ? `${MOST_SHOWN}+` : format.integer(unread)}
            </span>
          )}
        </ActionIcon>
      )}
    >
      {(close) => (
        <Suspense fallback={<LoadingState heightPx={280} rows={4} />}>
          <NotificationPanel onLeave={close} />
        </Suspense>
      )}
    </CornerPanel>
  )
}
