import type { ConnectionActivity } from '@iot/contracts'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { isApiError } from '../../api/api-error.js'
import { useLiveEvent } from '../../api/live-feed.js'
import { paths } from '../../paths.js'
import { Age } from '../../ui/age.js'
import head from '../../ui/page-head.module.css'
import { EmptyState, ErrorState, LoadingState } from '../../ui/states.js'
import { type ShapeKind, StatusShape } from '../../ui/status-shape.js'
import { useTitle } from '../frame/use-title.js'
import classes from './admin.module.css'
import { useActivityQuery } from './people-api.js'

const POLL_MS = 10_000
const SHAPES: Record<ConnectionActivity['kind'], ShapeKind> = {
  joined: 'online',
  left: 'unknown',
  closed: 'warning',
}

/** Who came, who left, whose connection was ended and why; newest first. */
export function ActivityPage() {
  const { t } = useTranslation()
  const { data, error, refetch } = useActivityQuery(undefined, {
    pollingInterval: POLL_MS,
    skipPollingIfUnfocused: true,
    refetchOnMountOrArgChange: true,
  })
  useLiveEvent('user:joined', () => void refetch())
  useLiveEvent('user:left', () => void refetch())
  useTitle(t('nav.activity'))
  return (
    <>
      <h1 className={head.title}>{t('nav.activity')}</h1>
      <p className={classes.intro}>{t('people.activityIntro')}</p>
      {isApiError(error) && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === undefined && <LoadingState heightPx={320} rows={5} />}
      {data?.items.length === 0 && <EmptyState title={t('people.nothingYet')} />}
      {data !== undefined && data.items.length > 0 && (
        <ul className={classes.services}>
          {data.items.map((item) => (
            <ActivityRow
              key={`${item.timestamp} ${item.kind} ${item.userId} ${item.sessionId}`}
              activity={item}
            />
          ))}
        </ul>
      )}
    </>
  )
}

function ActivityRow({ activity }: { activity: ConnectionActivity }) {
  const { t } = useTranslation()
  const { kind, username, role, timestamp, reason, by } = activity
  return (
    <li>
      <StatusShape kind={SHAPES[kind]} />
      <span className={classes.happened}>
        {username === '' ? (
          t('people.anonymous')
        ) : (
          <Link to={paths.connections({ user: username })}>{username}</Link>
        )}{' '}
        <span className={classes.aside}>{t(`people.roles.${role}`)}</span> {t(`people.kinds.${kind}`)}
        {reason !== undefined && <span className={classes.aside}>{reason}</span>}
        {by !== undefined && <span className={classes.aside}>{t('people.by', { name: by })}</span>}
      </span>
      <Age atMs={Date.parse(timestamp)} />
    </li>
  )
}
