import type { Alert } from '@iot/contracts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useLatestReading } from '../../api/live-feed.js'
import { paths } from '../../paths.js'
import { Age } from '../../ui/age.js'
import { useFormat } from '../../ui/format.js'
import classes from './alert-page.module.css'
import { limitValue, useDeviceName, useLimitWords, useStateWords } from './alert-words.js'

/** Where, since when, who has it, by which rule. */
export function AlertFacts({ alert }: { alert: Alert }) {
  const { t } = useTranslation()
  const format = useFormat()
  const stateWords = useStateWords()
  const { state, episode, closedAt, closeReason } = alert
  const taken = state === 'acknowledged' || state === 'shelved'
  const facts: [label: string, value: ReactNode][] = [
    [t('alertPages.where'), <Where key="where" alert={alert} />],
    [t('alertPages.site'), alert.site],
    [t('alertPages.sensor'), alert.sensorType],
    [t('alertPages.limit'), <Limit key="limit" alert={alert} />],
    [t('alertPages.opened'), <Opened key="opened" alert={alert} />],
    [
      t('alertPages.closedAt'),
      closedAt &&
        `${format.absolute(Date.parse(closedAt))}${closeReason === undefined ? '' : `, ${t(`alertPages.closeReasons.${closeReason}`)}`}`,
    ],
    [t('alertPages.who'), taken ? stateWords(alert) : t('alertPages.nobody')],
    [
      t('alertPages.rule'),
      alert.ruleId === undefined || alert.type === 'system' ? (
        t('alertPages.ruleOfSystem')
      ) : (
        <Link key="rule" to={paths.rule(alert.ruleId)}>
          {alert.ruleName ?? alert.ruleId}
        </Link>
      ),
    ],
    [t('alertPages.episode'), t('alertPages.episodes', { count: episode })],
    [t('alertPages.affectedServices'), alert.affectedServices?.join(', ')],
    [
      t('alertPages.affectedDevices'),
      alert.affectedDevices === undefined ? undefined : format.integer(alert.affectedDevices),
    ],
  ]
  return (
    <section className={classes.panel} aria-label={t('device.tabs.details')}>
      <dl className={classes.facts}>
        {facts.map(
          ([label, value]) =>
            value !== undefined && (
              <Fact key={label} label={label}>
                {value}
              </Fact>
            ),
        )}
      </dl>
    </section>
  )
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  )
}

function Where({ alert }: { alert: Alert }) {
  const { t } = useTranslation()
  const name = useDeviceName(alert.deviceId)
  if (alert.deviceId !== undefined) return <Link to={paths.device(alert.deviceId)}>{name}</Link>
  if (alert.type === 'system') return t('alerts.system')
  return <Link to={paths.devices({ site: alert.site ?? '' })}>{alert.site}</Link>
}

function Opened({ alert }: { alert: Alert }) {
  const format = useFormat()
  const openedMs = Date.parse(alert.openedAt)
  return (
    <>
      {format.absolute(openedMs)} (<Age atMs={openedMs} />)
    </>
  )
}

/** The limit that was crossed, by which value, and where the value is now. */
function Limit({ alert }: { alert: Alert }) {
  const { t } = useTranslation()
  const format = useFormat()
  const latest = useLatestReading(alert.deviceId ?? '', alert.sensorType ?? '')
  const limitWords = useLimitWords()
  const { threshold } = alert
  if (threshold === undefined) return '–'
  const { current, unit } = threshold
  const now = latest && t('alertPages.now', { value: limitValue(latest.value, unit, format) })
  return [`${limitValue(current, unit, format)}, ${limitWords(threshold)}`, now].filter(Boolean).join(' · ')
}
