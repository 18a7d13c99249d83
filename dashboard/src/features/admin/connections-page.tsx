import type { Connection, ConnectionFigures } from '@iot/contracts'
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import { isApiError } from '../../api/api-error.js'
import { useLiveEvent } from '../../api/live-feed.js'
import { paths } from '../../paths.js'
import { Age } from '../../ui/age.js'
import { useFormat } from '../../ui/format.js'
import head from '../../ui/page-head.module.css'
import plain from '../../ui/plain-table.module.css'
import { EmptyState, ErrorState, LoadingState } from '../../ui/states.js'
import { ConfirmDialog } from '../frame/confirm-dialog.js'
import { useTitle } from '../frame/use-title.js'
import classes from './admin.module.css'
import { Figure } from './figure.js'
import {
  useCloseConnectionMutation,
  useCloseUserMutation,
  useConnectionsInfiniteQuery,
} from './people-api.js'

const POLL_MS = 5_000

type Figures = Pick<ConnectionFigures, 'connections' | 'users' | 'replicas' | 'readingsPerMinute'>

/** Who is here now, since when, by which way, and how much goes to them. */
export function ConnectionsPage() {
  const { t } = useTranslation()
  const user = useSearchParams()[0].get('user') ?? undefined
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } =
    useConnectionsInfiniteQuery(
      { ...(user !== undefined && { user }) },
      { pollingInterval: POLL_MS, skipPollingIfUnfocused: true, refetchOnMountOrArgChange: true },
    )
  const summary = data?.pages[0]?.summary
  const [live, setLive] = useState<Figures>()
  useLiveEvent('status:update', setLive)
  useTitle(t('nav.connections'))
  const known = summary && {
    connections: summary.connections,
    users: summary.users,
    replicas: summary.replicas.length,
    readingsPerMinute: summary.replicas.reduce((sum, each) => sum + each.readingsPerMinute, 0),
  }
  const figures = live ?? known
  return (
    <>
      <h1 className={head.title}>{t('nav.connections')}</h1>
      {figures !== undefined && <FigureRow figures={figures} />}
      {user !== undefined && <OneUser user={user} />}
      {isApiError(error) && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === undefined && <LoadingState heightPx={320} rows={5} />}
      {data !== undefined && <ConnectionTable connections={data.pages.flatMap(({ items }) => items)} />}
      {hasNextPage && (
        <Button variant="default" size="xs" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('deadLetters.more')}
        </Button>
      )}
    </>
  )
}

function FigureRow({ figures }: { figures: Figures }) {
  const { t } = useTranslation()
  const format = useFormat()
  return (
    <dl className={classes.figures}>
      <Figure label={t('people.connectionsOpen')} value={format.integer(figures.connections)} />
      <Figure label={t('people.usersHere')} value={format.integer(figures.users)} />
      <Figure label={t('people.replicas')} value={format.integer(figures.replicas)} />
      <Figure label={t('people.readingsSent')} value={format.integer(figures.readingsPerMinute)} />
    </dl>
  )
}

/** The list is of one user: all of theirs can be ended at once. */
function OneUser({ user }: { user: string }) {
  const { t } = useTranslation()
  const [closeUser] = useCloseUserMutation()
  const [asking, setAsking] = useState(false)
  return (
    <div className={classes.head}>
      <h2 className={classes.subtitle}>{t('people.connectionsOf', { name: user })}</h2>
      <Button size="xs" variant="default" component={Link} to={paths.connections()}>
        {t('people.showAll')}
      </Button>
      <Button size="xs" variant="default" onClick={() => setAsking(true)}>
        {t('people.closeAll')}
      </Button>
      {asking && (
        <ConfirmDialog
          title={t('people.closeAllTitle', { name: user })}
          detail={t('people.closeDetail')}
          submit={t('people.closeAll')}
          run={() => closeUser(user)}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  )
}

function ConnectionTable({ connections }: { connections: readonly Connection[] }) {
  const { t } = useTranslation()
  const [closing, setClosing] = useState<Connection>()
  const [close] = useCloseConnectionMutation()
  if (connections.length === 0) return <EmptyState title={t('people.nobody')} />
  return (
    <>
      <table className={`${plain.table} ${classes.table}`}>
        <thead>
          <tr>
            <th scope="col">{t('people.user')}</th>
            <th scope="col">{t('people.since')}</th>
            <th scope="col" data-wide-only>
              {t('people.address')}
            </th>
            <th scope="col" data-wide-only>
              {t('people.replica')}
            </th>
            <th scope="col" data-wide-only>
              {t('people.subscriptions')}
            </th>
            <th scope="col" data-wide-only>
              {t('people.sent')}
            </th>
            <td />
          </tr>
        </thead>
        <tbody>
          {connections.map((connection) => (
            <ConnectionRow key={connection.sessionId} connection={connection} onClose={setClosing} />
          ))}
        </tbody>
      </table>
      {closing !== undefined && (
        <ConfirmDialog
          title={t('people.closeTitle', { name: closing.username })}
          detail={t('people.closeDetail')}
          submit={t('people.close')}
          run={() => close(closing.sessionId)}
          onClose={() => setClosing(undefined)}
        />
      )}
    </>
  )
}

interface ConnectionRowProps {
  connection: Connection
  onClose: (connection: Connection) => void
}

function ConnectionRow({ connection, onClose }: ConnectionRowProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const { username, role, since, address, replica, transport, subscriptions, traffic } = connection
  // Nobody's name: who watches without a login.
  const name = username === '' ? t('people.anonymous') : username
  return (
    <tr>
      <th scope="row">
        {username === '' ? name : <Link to={paths.connections({ user: username })}>{name}</Link>}{' '}
        <span className={classes.aside}>{t(`people.roles.${role}`)}</span>{' '}
        <span className={classes.narrowOnly}>{address}</span>
      </th>
      <td>
        <Age atMs={Date.parse(since)} />
      </td>
      <td data-wide-only>
        {address}
        {transport === 'polling' && <span className={classes.aside}>{t('connection.polling')}</span>}
      </td>
      <td data-wide-only>{replica}</td>
      <td data-wide-only>{format.integer(subscriptions)}</td>
      <td data-wide-only>{format.bytes(traffic.bytesSent)}</td>
      <td className={classes.actions}>
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`${t('people.close')}: ${name}, ${format.absolute(Date.parse(since))}`}
          onClick={() => onClose(connection)}
        >
          {t('people.close')}
        </Button>
      </td>
    </tr>
  )
}
