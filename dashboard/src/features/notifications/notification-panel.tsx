import { Button, Tabs } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { isApiError } from '../../api/api-error.js'
import { errorText } from '../../api/error-text.js'
import { useAppDispatch } from '../../store.js'
import { EmptyState, ErrorState, LoadingState } from '../../ui/states.js'
import { AlertNotices } from './alert-notices.js'
import { NotificationRow } from './notification-row.js'
import classes from './notifications.module.css'
import {
  type NotificationFilter,
  useMarkReadMutation,
  useNotificationsInfiniteQuery,
} from './notifications-api.js'
import { panelToggled } from './notifications-slice.js'

const TABS = ['all', 'unread', 'alerts'] as const
type Tab = (typeof TABS)[number]

export function NotificationPanel({ onLeave }: { onLeave: () => void }) {
  const { t } = useTranslation()
  const [tab, setTab] = useState<Tab>('all')
  useToldByPanel()
  return (
    <div className={classes.panel}>
      <div className={classes.panelHead}>
        <h2>{t('notices.title')}</h2>
        <MarkAllRead />
      </div>
      <Tabs value={tab} onChange={(chosen) => setTab(TABS.find((each) => each === chosen) ?? 'all')}>
        <Tabs.List>
          {TABS.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {t(`notices.tabs.${each}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {TABS.map((each) => (
          <Tabs.Panel key={each} value={each} className={classes.tabPanel!}>
            {each === tab &&
              (each === 'alerts' ? (
                <AlertNotices onLeave={onLeave} />
              ) : (
                <NotificationList filter={each} onLeave={onLeave} />
              ))}
          </Tabs.Panel>
        ))}
      </Tabs>
    </div>
  )
}

/** Who has the list before them needs no toast. */
function useToldByPanel(): void {
  const dispatch = useAppDispatch()
  useEffect(() => {
    dispatch(panelToggled(true))
    return () => void dispatch(panelToggled(false))
  }, [dispatch])
}

function MarkAllRead() {
  const { t } = useTranslation()
  const [markRead, { isLoading, error }] = useMarkReadMutation()
  const { data } = useNotificationsInfiniteQuery('all')
  const newest = data?.pages[0]?.items[0]
  return (
    <>
      {error !== undefined && <span role="alert">{errorText(t, error)}</span>}
      <Button
        size="compact-xs"
        variant="default"
        loading={isLoading}
        disabled={newest === undefined || data?.pages[0]?.unread === 0}
        onClick={() => newest !== undefined && void markRead({ upTo: newest.id })}
      >
        {t('notices.markAllRead')}
      </Button>
    </>
  )
}

function NotificationList({ filter, onLeave }: { filter: NotificationFilter; onLeave: () => void }) {
  const { t } = useTranslation()
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } =
    useNotificationsInfiniteQuery(filter)
  const [markRead, marking] = useMarkReadMutation()
  const notices = data?.pages.flatMap((page) => page.items) ?? []
  if (data === undefined) {
    return isApiError(error) ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <LoadingState heightPx={280} rows={4} />
    )
  }
  if (notices.length === 0) {
    return (
      <EmptyState title={t(`notices.empty.${filter}`)}>
        {filter === 'all' && t('notices.emptyDetail')}
      </EmptyState>
    )
  }
  return (
    <>
      <ul className={classes.list} aria-label={t(`notices.tabs.${filter}`)}>
        {notices.map((notice) => (
          <NotificationRow
            key={notice.id}
            notice={notice}
            onRead={() => void markRead({ ids: [notice.id] })}
            onLeave={onLeave}
          />
        ))}
      </ul>
      {marking.error !== undefined && <p role="alert">{errorText(t, marking.error)}</p>}
      {hasNextPage && (
        <Button variant="default" size="xs" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('notices.more')}
        </Button>
      )}
    </>
  )
}
