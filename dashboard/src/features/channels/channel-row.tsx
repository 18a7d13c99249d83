import type { NotificationChannel } from '@iot/contracts'
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../api/error-text.js'
import { useFormat } from '../../ui/format.js'
import list from '../../ui/row-list.module.css'
import { StatusShape } from '../../ui/status-shape.js'
import classes from './channels.module.css'
import { useTestChannelMutation } from './channels-api.js'

export type ChannelAct = 'change' | 'remove' | 'deliveries'

interface ChannelRowProps {
  readonly channel: NotificationChannel
  /** its deliveries are on show */
  readonly expanded: boolean
  readonly onAct: (what: ChannelAct, channel: NotificationChannel) => void
}

export function ChannelRow({ channel, expanded, onAct }: ChannelRowProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const { name, kind, enabled, failingSince } = channel
  const [test, testing] = useTestChannelMutation()
  return (
    <li>
      <StatusShape kind={!enabled ? 'unknown' : failingSince === undefined ? 'online' : 'critical'} />
      <div>
        <span className={list.name}>
          {name}
          <span className={list.aside}>{t(`channels.kinds.${kind}`)}</span>
          {!enabled && <span className={list.aside}>{t('channels.off')}</span>}
          {failingSince !== undefined && (
            <span className={list.aside}>
              {t('channels.failing', { time: format.time(Date.parse(failingSince)) })}
            </span>
          )}
        </span>
        <div className={list.facts}>
          <Told channel={channel} />
        </div>
      </div>
      <div className={classes.actions}>
        <Button
          size="compact-xs"
          variant="default"
          loading={testing.isLoading}
          aria-label={`${t('channels.test')}: ${name}`}
          onClick={() => void test(channel.id)}
        >
          {t('channels.test')}
        </Button>
        <Button
          size="compact-xs"
          variant="default"
          aria-expanded={expanded}
          aria-label={`${t('channels.deliveries')}: ${name}`}
          onClick={() => onAct('deliveries', channel)}
        >
          {t('channels.deliveries')}
        </Button>
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`${t('channels.change')}: ${name}`}
          onClick={() => onAct('change', channel)}
        >
          {t('channels.change')}
        </Button>
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`${t('channels.remove')}: ${name}`}
          onClick={() => onAct('remove', channel)}
        >
          {t('channels.remove')}
        </Button>
      </div>
      <div className={classes.answer} role="status">
        <TestAnswer testing={testing} />
      </div>
    </li>
  )
}

/** What goes there, in a few words. */
function Told({ channel }: { channel: NotificationChannel }) {
  const { t } = useTranslation()
  const { route, group, quietHours, settings } = channel
  const where = settings.url ?? settings.to?.join(', ') ?? settings.topic ?? settings.chatId
  const what =
    route.severities === undefined && route.types === undefined
      ? t('channels.told.all')
      : t('channels.told.severities', {
          list: [
            ...(route.severities ?? []).map((severity) => t(`rules.severities.${severity}`)),
            ...(route.types ?? []).map((type) => t(`channels.types.${type}`)),
          ].join(', '),
        })
  const facts = [
    where,
    what,
    route.sites !== undefined && t('channels.told.sites', { list: route.sites.join(', ') }),
    t('channels.told.group', { duration: group }),
    quietHours !== undefined && t('channels.told.quiet', { from: quietHours.from, to: quietHours.to }),
  ]
  return facts.filter(Boolean).join(' · ')
}

function TestAnswer({ testing }: { testing: ReturnType<typeof useTestChannelMutation>[1] }) {
  const { t } = useTranslation()
  const { data, error, isLoading } = testing
  if (isLoading) return null
  if (error !== undefined) {
    return (
      <>
        <StatusShape kind="critical" /> {t('channels.testFailed', { reason: errorText(t, error) })}
      </>
    )
  }
  if (data === undefined) return null
  const said = data.ok
    ? [t('channels.testOk'), data.error].filter(Boolean).join(' ')
    : t('channels.testFailed', { reason: data.error ?? String(data.httpStatus ?? '') })
  return (
    <>
      <StatusShape kind={data.ok ? 'online' : 'critical'} /> {said}
    </>
  )
}
