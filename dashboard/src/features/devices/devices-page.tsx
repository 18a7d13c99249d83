import { Button } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'react-redux'
import { Link, useSearchParams } from 'react-router'
import { paths } from '../../paths.js'
import { type RootState, useAppDispatch, useAppSelector } from '../../store.js'
import { useFormat } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import { EmptyState, ErrorState, LoadingState, Notice, PartialState } from '../../ui/states.js'
import { useTitle } from '../frame/use-title.js'
import { hasRole, selectUser } from '../session/session-slice.js'
import { DevicesFilters } from './devices-filters.js'
import classes from './devices-page.module.css'
import { DevicesTable } from './devices-table.js'
import { answerDevices, readDevicesQuestion } from './devices-view.js'
import { loadDevices } from './load-devices.js'
import { useFleet } from './use-fleet.js'

/** The list: everything that narrows or orders it stands in the address. */
export function DevicesPage() {
  const { t } = useTranslation()
  const dispatch = useAppDispatch()
  const { load, error, partial } = useAppSelector(selectLoad)
  const mayAdd = hasRole(useAppSelector(selectUser), 'operator')
  useTitle(t('devices.title'))
  const retry = () => void dispatch(loadDevices())
  return (
    <>
      <div className={classes.top}>
        <h1>{t('devices.title')}</h1>
        {mayAdd && (
          <Button
            component={Link}
            to={paths.addDevice()}
            size="xs"
            leftSection={<Icon name="plus" size={14} />}
          >
            {t('devices.add')}
          </Button>
        )}
      </div>
      {partial && <PartialState onRetry={retry} />}
      {load === 'failed' && error !== undefined ? (
        <ErrorState error={error} onRetry={retry} />
      ) : (
        <DevicesList loading={load !== 'ready'} />
      )}
    </>
  )
}

// Three fields by reference: the object itself changes with every reading.
const selectLoad = (() => {
  let before: Pick<RootState['devices'], 'load' | 'error' | 'partial'> = { load: 'idle', partial: false }
  return ({ devices: { load, error, partial } }: RootState) => {
    if (before.load !== load || before.error !== error || before.partial !== partial) {
      before = { load, partial, ...(error !== undefined && { error }) }
    }
    return before
  }
})()

function DevicesList({ loading }: { loading: boolean }) {
  const { t } = useTranslation()
  const format = useFormat()
  const store = useStore<RootState>()
  const fleet = useFleet()
  const [search, setSearch] = useSearchParams()
  const question = useMemo(() => readDevicesQuestion(search), [search])
  const order = useMemo(() => {
    const { entities, ids } = store.getState().devices
    return answerDevices(question, entities, ids, fleet.healths)
  }, [store, question, fleet])

  if (loading && fleet.total === 0) return <LoadingState heightPx={600} rows={12} />
  if (fleet.total === 0) {
    return (
      <EmptyState title={t('devices.count', { count: 0 })}>
        <Link to={paths.overview()}>{t('states.home')}</Link>
      </EmptyState>
    )
  }
  return (
    <>
      <DevicesFilters
        question={question}
        fleet={fleet}
        onChange={(change) => setSearch(changed(change), REPLACE)}
      />
      <p className={classes.count} role="status">
        {order.length === fleet.total
          ? t('devices.count', { count: fleet.total })
          : t('devices.countOf', { shown: format.integer(order.length), total: format.integer(fleet.total) })}
        {question.site !== '' && (
          <>
            {' · '}
            <Link to={paths.maintenance({ site: question.site })}>{t('nav.maintenance')}</Link>
          </>
        )}
      </p>
      {order.length === 0 ? (
        <Notice
          title={t('devices.none')}
          detail={t('devices.noneDetail')}
          action={
            <Button size="xs" variant="default" onClick={() => setSearch({}, REPLACE)}>
              {t('devices.clear')}
            </Button>
          }
        />
      ) : (
        <DevicesTable
          order={order}
          question={question}
          onSort={(sort) => setSearch(changed({ sort }), REPLACE)}
        />
      )}
    </>
  )
}

const REPLACE = { replace: true }

function changed(change: Readonly<Record<string, string>>) {
  return (before: URLSearchParams) => {
    const after = new URLSearchParams(before)
    for (const [name, value] of Object.entries(change)) {
      if (value === '') after.delete(name)
      else after.set(name, value)
    }
    return after
  }
}
