import type { Alert } from '@iot/contracts'
import { Button, Checkbox } from '@mantine/core'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useAppSelector } from '../../store.js'
import { Age } from '../../ui/age.js'
import { useFormat } from '../../ui/format.js'
import rowLink from '../../ui/row-link.module.css'
import { StatusShape } from '../../ui/status-shape.js'
import { useDeviceName, useMayAct, useStateWords } from './alert-words.js'
import classes from './alerts-table.module.css'
import { useAlertLink } from './use-alert-link.js'

interface AlertRowProps {
  alertId: string
  /** as it was when the list was made; the newest is in the store */
  found: Alert
  index: number
  place: { transform: string; height: number }
  selected: boolean
  onSelect: (alertId: string) => void
  onAcknowledge: (alertId: string) => void
}

export const AlertRow = memo(function AlertRow(props: AlertRowProps) {
  const { alertId, found, index, place, selected, onSelect, onAcknowledge } = props
  const { t } = useTranslation()
  const alert =
    useAppSelector(({ alerts }) => alerts.active.get(alertId) ?? alerts.closed.get(alertId)) ?? found
  const mayAct = useMayAct()(alert) && alert.state !== 'closed'
  const linkTo = useAlertLink()
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows are placed by their offset, which a <tr> can't be
    // biome-ignore lint/a11y/useFocusableInteractive: its link is
    <div
      role="row"
      className={classes.row}
      style={place}
      data-index={index}
      data-state={alert.state}
      data-severity={alert.severity}
      data-selected={selected || undefined}
      aria-rowindex={index + 1}
    >
      <Cell name="select">
        {mayAct && (
          <Checkbox
            size="xs"
            tabIndex={-1}
            aria-label={t('alertPages.select', { alert: alert.message })}
            checked={selected}
            onChange={() => onSelect(alertId)}
          />
        )}
      </Cell>
      <Cell name="severity">
        <StatusShape kind={alert.severity} label={t(`alerts.severity.${alert.severity}`)} size={14} />
      </Cell>
      <Cell name="what">
        <Link to={linkTo(alert)} className={rowLink.wholeRow}>
          {alert.message}
        </Link>
        <WhereLine alert={alert} />
      </Cell>
      <Cell name="state">
        <StateWords alert={alert} />
      </Cell>
      <Cell name="age">
        <Since alert={alert} />
      </Cell>
      <Cell name="act">
        {mayAct && alert.state === 'open' && (
          <Button
            size="compact-xs"
            variant="default"
            tabIndex={-1}
            aria-label={t('alertPages.acknowledgeOne', { alert: alert.message })}
            onClick={() => onAcknowledge(alertId)}
          >
            {t('alertPages.acts.acknowledge')}
          </Button>
        )}
      </Cell>
    </div>
  )
})

function Cell({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see AlertRow
    <span role="cell" className={classes[name]}>
      {children}
    </span>
  )
}

function WhereLine({ alert }: { alert: Alert }) {
  const { t } = useTranslation()
  const name = useDeviceName(alert.deviceId)
  const facts = [
    name ?? (alert.type === 'system' ? t('alerts.system') : alert.site),
    alert.sensorType,
    alert.affectedServices?.join(', '),
    alert.ruleName,
  ]
  return <span className={classes.where}>{facts.filter(Boolean).join(' · ')}</span>
}

function StateWords({ alert }: { alert: Alert }) {
  const { t } = useTranslation()
  const words = useStateWords()(alert)
  return (
    <>
      <span>{words}</span>
      {alert.flapping && (
        <span className={classes.flapping} title={t('alertPages.flappingDetail')}>
          {t('alertPages.flapping')}
        </span>
      )}
    </>
  )
}

/** How long it has been so; of a closed one when it was and how long it took. */
function Since({ alert }: { alert: Alert }) {
  const { t } = useTranslation()
  const format = useFormat()
  const openedMs = Date.parse(alert.openedAt)
  if (alert.closedAt === undefined) return <Age atMs={openedMs} />
  const duration = format.duration(Date.parse(alert.closedAt) - openedMs)
  return (
    <time dateTime={alert.openedAt} title={format.absolute(openedMs)}>
      {format.time(openedMs)} · {t('alertPages.after', { duration })}
    </time>
  )
}
