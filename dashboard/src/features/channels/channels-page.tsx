import type { NotificationChannel } from '@iot/contracts'
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import { isApiError } from '../../api/api-error.js'
import { Icon } from '../../ui/icon.js'
import head from '../../ui/page-head.module.css'
import list from '../../ui/row-list.module.css'
import { EmptyState, ErrorState, LoadingState } from '../../ui/states.js'
import { ConfirmDialog } from '../frame/confirm-dialog.js'
import { useTitle } from '../frame/use-title.js'
import { ChannelDialog } from './channel-dialog.js'
import { type ChannelAct, ChannelRow } from './channel-row.js'
import classes from './channels.module.css'
import { useChannelsQuery, useRemoveChannelMutation } from './channels-api.js'
import { Deliveries } from './deliveries.js'

type Asked = { what: 'create' } | { what: 'change' | 'remove'; channel: NotificationChannel }

const POLL_MS = 15_000

/** Where alerts go, and what became of what was sent. */
export function ChannelsPage() {
  const { t } = useTranslation()
  const { data, error, refetch } = useChannelsQuery(undefined, {
    refetchOnMountOrArgChange: true,
    pollingInterval: POLL_MS,
    skipPollingIfUnfocused: true,
  })
  const [address, setAddress] = useSearchParams()
  const [asked, setAsked] = useState<Asked>()
  const close = () => setAsked(undefined)
  const shownId = address.get('deliveries')
  const shown = data?.items.find(({ id }) => id === shownId)
  useTitle(t('nav.channels'))

  function act(what: ChannelAct, channel: NotificationChannel): void {
    if (what !== 'deliveries') setAsked({ what, channel })
    else setAddress(channel.id === shownId ? {} : { deliveries: channel.id }, { replace: true })
  }

  return (
    <>
      <div className={`${head.head} ${classes.head}`}>
        <h1>{t('nav.channels')}</h1>
        <Button
          size="xs"
          leftSection={<Icon name="plus" size={14} />}
          onClick={() => setAsked({ what: 'create' })}
        >
          {t('channels.add')}
        </Button>
      </div>
      <p className={head.intro}>{t('channels.intro')}</p>
      {isApiError(error) && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === undefined && <LoadingState heightPx={200} rows={3} />}
      {data?.items.length === 0 && (
        <EmptyState title={t('channels.empty')}>{t('channels.emptyDetail')}</EmptyState>
      )}
      {data !== undefined && data.items.length > 0 && (
        <ul className={`${list.rows} ${classes.list}`} aria-label={t('nav.channels')}>
          {data.items.map((channel) => (
            <ChannelRow key={channel.id} channel={channel} expanded={channel.id === shownId} onAct={act} />
          ))}
        </ul>
      )}
      {shown !== undefined && <Deliveries key={shown.id} channel={shown} />}
      {asked?.what === 'create' && <ChannelDialog onClose={close} />}
      {asked?.what === 'change' && <ChannelDialog channel={asked.channel} onClose={close} />}
      {asked?.what === 'remove' && <RemoveDialog channel={asked.channel} onClose={close} />}
    </>
  )
}

function RemoveDialog({ channel, onClose }: { channel: NotificationChannel; onClose: () => void }) {
  const { t } = useTranslation()
  const [remove] = useRemoveChannelMutation()
  return (
    <ConfirmDialog
      title={t('channels.removeTitle', { name: channel.name })}
      detail={t('channels.removeDetail')}
      submit={t('channels.remove')}
      run={() => remove(channel.id)}
      onClose={onClose}
    />
  )
}
