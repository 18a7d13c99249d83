import { DELIVERY_STATES, type Delivery, type DeliveryState, type NotificationChannel } from '@iot/contracts'
import { Button, NativeSelect } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { isApiError } from '../../api/api-error.js'
import { paths } from '../../paths.js'
import { useFormat } from '../../ui/format.js'
import head from '../../ui/page-head.module.css'
import plain from '../../ui/plain-table.module.css'
import { EmptyState, ErrorState, LoadingState } from '../../ui/states.js'
import { type ShapeKind, StatusShape } from '../../ui/status-shape.js'
import classes from './channels.module.css'
import { useDeliveriesInfiniteQuery } from './channels-api.js'

const POLL_MS = 10_000
const SHAPES: Record<DeliveryState, ShapeKind> = {
  waiting: 'unknown',
  retrying: 'warning',
  sent: 'online',
  dead: 'critical',
}

/** What was sent by a channel, what not, and why. */
export function Deliveries({ channel }: { channel: NotificationChannel }) {
  const { t } = useTranslation()
  const [state, setState] = useState<DeliveryState | ''>('')
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useDeliveriesInfiniteQuery(
    { id: channel.id, ...(state !== '' && { state }) },
    { refetchOnMountOrArgChange: true, pollingInterval: POLL_MS, skipPollingIfUnfocused: true },
  )
  const deliveries = data?.pages.flatMap(({ items }) => items)
  return (
    <section aria-labelledby="deliveries">
      <div className={`${head.head} ${classes.head}`}>
        <h2 id="deliveries">{t('channels.deliveriesOf', { name: channel.name })}</h2>
        <NativeSelect
          size="xs"
          aria-label={t('channels.delivery.state')}
          value={state}
          data={[
            { value: '', label: t('channels.delivery.any') },
            ...DELIVERY_STATES.map((each) => ({ value: each, label: t(`channels.delivery.states.${each}`) })),
          ]}
          onChange={(event) =>
            setState(DELIVERY_STATES.find((each) => each === event.currentTarget.value) ?? '')
          }
        />
      </div>
      {isApiError(error) && <ErrorState error={error} onRetry={() => void refetch()} />}
      {deliveries === undefined && error === undefined && <LoadingState heightPx={160} rows={3} />}
      {deliveries?.length === 0 && <EmptyState title={t('channels.delivery.none')} />}
      {deliveries !== undefined && deliveries.length > 0 && <DeliveryTable deliveries={deliveries} />}
      {hasNextPage && (
        <Button size="xs" variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('channels.more')}
        </Button>
      )}
    </section>
  )
}

function DeliveryTable({ deliveries }: { deliveries: readonly Delivery[] }) {
  const { t } = useTranslation()
  return (
    <table className={`${plain.table} ${classes.table}`}>
      <thead>
        <tr>
          <th scope="col">{t('channels.delivery.state')}</th>
          <th scope="col">{t('channels.delivery.made')}</th>
          <th scope="col" data-wide-only>
            {t('channels.delivery.count')}
          </th>
          <th scope="col" data-wide-only>
            {t('channels.delivery.attempts')}
          </th>
          <th scope="col">{t('channels.delivery.reason')}</th>
        </tr>
      </thead>
      <tbody>
        {deliveries.map((delivery) => (
          <DeliveryRow key={delivery.id} delivery={delivery} />
        ))}
      </tbody>
    </table>
  )
}

function DeliveryRow({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { state, createdAt, count, attempts, lastError, httpStatus, nextAt, test, alertIds } = delivery
  const madeMs = Date.parse(createdAt)
  const next =
    nextAt !== undefined && state === 'retrying'
      ? t('channels.delivery.next', { time: format.time(Date.parse(nextAt)) })
      : undefined
  const why = [lastError ?? httpStatus?.toString(), next].filter(Boolean).join(' · ')
  const [only] = alertIds
  return (
    <tr>
      <td>
        <StatusShape kind={SHAPES[state]} /> {t(`channels.delivery.states.${state}`)}
      </td>
      <td title={format.absolute(madeMs)}>{format.time(madeMs)}</td>
      <td data-wide-only>
        {test === true ? (
          t('channels.delivery.test')
        ) : only !== undefined && alertIds.length === 1 ? (
          <Link to={paths.alert(only)}>{format.integer(count)}</Link>
        ) : (
          format.integer(count)
        )}
      </td>
      <td data-wide-only>{format.integer(attempts)}</td>
      <td className={classes.why}>{why}</td>
    </tr>
  )
}
