import type { User } from '@iot/contracts'
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { isApiError } from '../../api/api-error.js'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import { useFormat } from '../../ui/format.js'
import head from '../../ui/page-head.module.css'
import plain from '../../ui/plain-table.module.css'
import { ErrorState, LoadingState } from '../../ui/states.js'
import { StatusShape } from '../../ui/status-shape.js'
import { ConfirmDialog } from '../frame/confirm-dialog.js'
import { useTitle } from '../frame/use-title.js'
import { selectUser } from '../session/session-slice.js'
import classes from './admin.module.css'
import { useRemoveUserMutation, useUsersInfiniteQuery } from './people-api.js'
import { UserDialog } from './user-dialog.js'

type Asked = { what: 'create' } | { what: 'change' | 'remove'; user: User }

/** Who may log in, as what, and where. */
export function UsersPage() {
  const { t } = useTranslation()
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useUsersInfiniteQuery(
    undefined,
    { refetchOnMountOrArgChange: true },
  )
  const [asked, setAsked] = useState<Asked>()
  const close = () => setAsked(undefined)
  useTitle(t('nav.users'))
  return (
    <>
      <div className={classes.head}>
        <h1 className={head.title}>{t('nav.users')}</h1>
        <Button size="xs" onClick={() => setAsked({ what: 'create' })}>
          {t('people.add')}
        </Button>
      </div>
      {isApiError(error) && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === undefined && <LoadingState heightPx={280} rows={5} />}
      {data !== undefined && <UserTable users={data.pages.flatMap(({ items }) => items)} onAsk={setAsked} />}
      {hasNextPage && (
        <Button variant="default" size="xs" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('deadLetters.more')}
        </Button>
      )}
      {asked?.what === 'create' && <UserDialog onClose={close} />}
      {asked?.what === 'change' && <UserDialog user={asked.user} onClose={close} />}
      {asked?.what === 'remove' && <RemoveUserDialog user={asked.user} onClose={close} />}
    </>
  )
}

function UserTable({ users, onAsk }: { users: readonly User[]; onAsk: (asked: Asked) => void }) {
  const { t } = useTranslation()
  return (
    <table className={`${plain.table} ${classes.table}`}>
      <thead>
        <tr>
          <th scope="col">{t('login.username')}</th>
          <th scope="col" data-wide-only>
            {t('people.role')}
          </th>
          <th scope="col" data-wide-only>
            {t('people.sites')}
          </th>
          <th scope="col" data-wide-only>
            {t('people.created')}
          </th>
          <td />
        </tr>
      </thead>
      <tbody>
        {users.map((user) => (
          <UserRow key={user.id} user={user} onAsk={onAsk} />
        ))}
      </tbody>
    </table>
  )
}

function UserRow({ user, onAsk }: { user: User; onAsk: (asked: Asked) => void }) {
  const { t } = useTranslation()
  const format = useFormat()
  const isSelf = useAppSelector((state) => selectUser(state)?.id === user.id)
  const sites = user.sites?.join(', ') ?? t('people.allSites')
  const createdMs = Date.parse(user.createdAt)
  return (
    <tr data-off={user.disabled || undefined}>
      <th scope="row">
        <Link to={paths.connections({ user: user.username })} title={t('people.showConnections')}>
          {user.username}
        </Link>{' '}
        {isSelf && <span className={classes.aside}>{t('people.you')}</span>}
        {user.disabled && (
          <span className={classes.aside}>
            <StatusShape kind="offline" /> {t('people.disabled')}
          </span>
        )}{' '}
        <span className={classes.narrowOnly}>
          {t(`people.roles.${user.role}`)} · {sites}
        </span>
      </th>
      <td data-wide-only>{t(`people.roles.${user.role}`)}</td>
      <td data-wide-only>{sites}</td>
      <td data-wide-only title={format.absolute(createdMs)}>
        {format.time(createdMs)}
      </td>
      <td className={classes.actions}>
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`${t('people.change')} ${user.username}`}
          onClick={() => onAsk({ what: 'change', user })}
        >
          {t('people.change')}
        </Button>
        {!isSelf && (
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`${t('people.remove')} ${user.username}`}
            onClick={() => onAsk({ what: 'remove', user })}
          >
            {t('people.remove')}
          </Button>
        )}
      </td>
    </tr>
  )
}

function RemoveUserDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation()
  const [remove] = useRemoveUserMutation()
  return (
    <ConfirmDialog
      title={t('people.removeTitle', { name: user.username })}
      detail={t('people.removeDetail')}
      submit={t('people.remove')}
      run={() => remove(user.id)}
      onClose={onClose}
    />
  )
}
