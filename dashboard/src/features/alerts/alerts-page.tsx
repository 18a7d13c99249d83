import { Button } from '@mantine/core'
import { useEffect, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'react-redux'
import { Link, useSearchParams } from 'react-router'
import { isApiError } from '../../api/api-error.js'
import { paths } from '../../paths.js'
import { type RootState, useAppDispatch, useAppSelector } from '../../store.js'
import { useFormat } from '../../ui/format.js'
import { ErrorState, LoadingState, Notice, PartialState } from '../../ui/states.js'
import { useTitle } from '../frame/use-title.js'
import { orderBySite } from './alert-order.js'
import classes from './alerts.module.css'
import { useAlertListInfiniteQuery } from './alerts-api.js'
import { AlertsFilters } from './alerts-filters.js'
import { AlertsList } from './alerts-list.js'
import { alertListToggled } from './alerts-slice.js'
import { type AlertsQuestion, alertsQueryOf, answerAlerts, readAlertsQuestion } from './alerts-view.js'
import { loadAlerts } from './load-alerts.js'

/** What is wrong, since when, who has it: open ones first. Everything that narrows the list stands in the address. */
export function AlertsPage() {
  const { t } = useTranslation()
  const [search, setSearch] = useSearchParams()
  const text = search.toString()
  const question = useMemo(() => readAlertsQuestion(new URLSearchParams(text)), [text])
  const clear = () => setSearch({}, REPLACE)
  useTitle(t('alerts.title'))
  useToldByList()
  return (
    <>
      <h1 className={classes.title}>{t('alerts.title')}</h1>
      <AlertsFilters question={question} onChange={(change) => setSearch(changed(change), REPLACE)} />
      {question.state === 'closed' ? (
        <ClosedAlerts question={question} onClear={clear} />
      ) : (
        <ActiveAlerts question={question} onClear={clear} />
      )}
    </>
  )
}

/** Who has the list before them needs no toast. */
function useToldByList(): void {
  const dispatch = useAppDispatch()
  useEffect(() => {
    dispatch(alertListToggled(true))
    return () => void dispatch(alertListToggled(false))
  }, [dispatch])
}

interface ListProps {
  question: AlertsQuestion
  onClear: () => void
}

/** Out of the store: complete, and current by itself. */
function ActiveAlerts({ question, onClear }: ListProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const dispatch = useAppDispatch()
  const { active, load, error, partial } = useAppSelector(({ alerts }) => alerts)
  const store = useStore<RootState>()
  const order = useMemo(() => {
    const { entities } = store.getState().devices
    const matching = answerAlerts(question, active.values(), (id) => entities[id]?.name)
    return orderBySite(matching).map(({ alertId }) => alertId)
  }, [store, question, active])
  const retry = () => void dispatch(loadAlerts())
  if (load === 'failed' && error !== undefined) return <ErrorState error={error} onRetry={retry} />
  if (load !== 'ready' && active.size === 0) return <LoadingState heightPx={480} rows={8} />
  return (
    <>
      {partial && <PartialState onRetry={retry} />}
      {active.size > 0 && (
        <p className={classes.count} role="status">
          {order.length === active.size
            ? t('alertPages.shown', { count: active.size })
            : t('alertPages.shownOf', {
                shown: format.integer(order.length),
                total: format.integer(active.size),
              })}
        </p>
      )}
      {active.size === 0 ? (
        <Notice
          shape="online"
          title={t('alertPages.none')}
          detail={t('alertPages.noneDetail')}
          action={<Link to={paths.rules()}>{t('alertPages.toRules')}</Link>}
        />
      ) : order.length === 0 ? (
        <NothingMatches onClear={onClear} />
      ) : (
        <AlertsList order={order} question={question} grouped />
      )}
    </>
  )
}

/** Page by page from the server: there are too many to keep. */
function ClosedAlerts({ question, onClear }: ListProps) {
  const { t } = useTranslation()
  const query = useMemo(() => alertsQueryOf(question), [question])
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useAlertListInfiniteQuery(
    query,
    { refetchOnMountOrArgChange: true },
  )
  const alerts = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data])
  const order = useMemo(() => alerts.map(({ alertId }) => alertId), [alerts])
  const known = useMemo(() => new Map(alerts.map((alert) => [alert.alertId, alert])), [alerts])
  if (data === undefined) {
    return isApiError(error) ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <LoadingState heightPx={480} rows={8} />
    )
  }
  if (order.length === 0) {
    const narrowed = Object.keys(query).length > 1
    return narrowed ? <NothingMatches onClear={onClear} /> : <Notice title={t('alertPages.noneClosed')} />
  }
  return (
    <>
      <p className={classes.count} role="status">
        {t(hasNextPage ? 'alertPages.shownFirst' : 'alertPages.shown', { count: order.length })}
      </p>
      <AlertsList order={order} question={question} known={known} />
      {hasNextPage && (
        <Button
          className={classes.more!}
          variant="default"
          size="xs"
          loading={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          {t('notices.more')}
        </Button>
      )}
    </>
  )
}

function NothingMatches({ onClear }: { onClear: () => void }) {
  const { t } = useTranslation()
  return (
    <Notice
      title={t('alertPages.noneMatch')}
      detail={t('alertPages.noneMatchDetail')}
      action={
        <Button size="xs" variant="default" onClick={onClear}>
          {t('alertPages.filters.clear')}
        </Button>
      }
    />
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
