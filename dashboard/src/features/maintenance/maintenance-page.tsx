import type { MaintenanceWindow } from '@iot/contracts'
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import { isApiError } from '../../api/api-error.js'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import { useFormat } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import head from '../../ui/page-head.module.css'
import list from '../../ui/row-list.module.css'
import { EmptyState, ErrorState, LoadingState } from '../../ui/states.js'
import { StatusShape } from '../../ui/status-shape.js'
import { useNow } from '../../ui/use-now.js'
import { ConfirmDialog } from '../frame/confirm-dialog.js'
import { useTitle } from '../frame/use-title.js'
import { useDeviceName } from '../rules/known-sensors.js'
import { hasRole, selectUser } from '../session/session-slice.js'
import classes from './maintenance.module.css'
import { useRemoveWindowMutation, useWindowsQuery } from './maintenance-api.js'
import { WindowDialog } from './window-dialog.js'

const POLL_MS = 30_000

/** What is in maintenance now, and what will be. */
export function MaintenancePage() {
  const { t } = useTranslation()
  const [address] = useSearchParams()
  const mayChange = hasRole(useAppSelector(selectUser), 'operator')
  const { data, error, refetch } = useWindowsQuery(undefined, {
    refetchOnMountOrArgChange: true,
    pollingInterval: POLL_MS,
    skipPollingIfUnfocused: true,
  })
  const [adding, setAdding] = useState(false)
  const deviceName = useDeviceName()
  const [deviceId, site] = [address.get('device') ?? undefined, address.get('site') ?? undefined]
  const wanted = deviceId ?? site
  const windows = data?.items.filter(
    (window) =>
      (deviceId === undefined || window.deviceId === deviceId) &&
      (site === undefined || window.site === site),
  )
  useTitle(t('nav.maintenance'))
  return (
    <>
      <div className={head.head}>
        <h1>{t('nav.maintenance')}</h1>
        {wanted !== undefined && (
          <>
            <span>{t('maintenance.of', { name: site ?? deviceName(wanted) })}</span>
            <Button component={Link} to={paths.maintenance()} size="xs" variant="default">
              {t('maintenance.showAll')}
            </Button>
          </>
        )}
        {mayChange && (
          <Button size="xs" leftSection={<Icon name="plus" size={14} />} onClick={() => setAdding(true)}>
            {t('maintenance.add')}
          </Button>
        )}
      </div>
      <p className={head.intro}>{t('maintenance.intro')}</p>
      {isApiError(error) && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === undefined && <LoadingState heightPx={200} rows={3} />}
      {windows?.length === 0 && (
        <EmptyState title={t('maintenance.empty')}>{t('maintenance.emptyDetail')}</EmptyState>
      )}
      {windows !== undefined && windows.length > 0 && <WindowList windows={windows} mayEnd={mayChange} />}
      {adding && (
        <WindowDialog
          {...(wanted !== undefined && { about: aboutOf(deviceId, site, deviceName) })}
          onClose={() => setAdding(false)}
        />
      )}
    </>
  )
}

function aboutOf(
  deviceId: string | undefined,
  site: string | undefined,
  deviceName: (deviceId: string) => string,
) {
  if (deviceId !== undefined) return { deviceId, name: deviceName(deviceId) }
  return { ...(site !== undefined && { site }), name: site ?? '' }
}

interface WindowListProps {
  readonly windows: readonly MaintenanceWindow[]
  readonly mayEnd: boolean
}

function WindowList({ windows, mayEnd }: WindowListProps) {
  const { t } = useTranslation()
  const [ending, setEnding] = useState<MaintenanceWindow>()
  const [remove] = useRemoveWindowMutation()
  const deviceName = useDeviceName()
  const nameOf = ({ deviceId, site }: MaintenanceWindow) =>
    deviceId === undefined ? (site ?? '') : deviceName(deviceId)
  const sorted = [...windows].sort((one, other) => Date.parse(one.from) - Date.parse(other.from))
  return (
    <>
      <ul className={list.rows} aria-label={t('nav.maintenance')}>
        {sorted.map((window) => (
          <WindowRow
            key={window.id}
            window={window}
            name={nameOf(window)}
            onEnd={mayEnd ? () => setEnding(window) : undefined}
          />
        ))}
      </ul>
      {ending !== undefined && (
        <ConfirmDialog
          title={t('maintenance.endTitle', { name: nameOf(ending) })}
          detail={t('maintenance.endDetail')}
          submit={t('maintenance.end')}
          run={() => remove(ending.id)}
          onClose={() => setEnding(undefined)}
        />
      )}
    </>
  )
}

interface WindowRowProps {
  readonly window: MaintenanceWindow
  readonly name: string
  readonly onEnd: (() => void) | undefined
}

function WindowRow({ window, name, onEnd }: WindowRowProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useNow(10_000)
  const begun = Date.parse(window.from) <= nowMs
  const [from, to] = [format.time(Date.parse(window.from)), format.time(Date.parse(window.to))]
  return (
    <li>
      <StatusShape kind={begun ? 'maintenance' : 'stale'} />
      <div>
        <span className={list.name}>
          {window.deviceId === undefined ? (
            <Link to={paths.devices({ site: window.site ?? '' })}>{name}</Link>
          ) : (
            <Link to={paths.device(window.deviceId)}>{name}</Link>
          )}
          <span className={list.aside}>{begun ? t('maintenance.now') : t('maintenance.later')}</span>
        </span>
        <div className={`${list.facts} ${classes.when}`}>
          {t('maintenance.span', { from, to })}
          {window.reason !== undefined && ` · ${window.reason}`}{' '}
          <span className={list.aside}>{t('maintenance.by', { name: window.createdBy })}</span>
        </div>
      </div>
      {onEnd === undefined ? (
        <span />
      ) : (
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`${begun ? t('maintenance.end') : t('maintenance.takeBack')}: ${name}`}
          onClick={onEnd}
        >
          {begun ? t('maintenance.end') : t('maintenance.takeBack')}
        </Button>
      )}
    </li>
  )
}
