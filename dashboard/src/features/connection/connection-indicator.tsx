import { Button, UnstyledButton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { type Connection, useConnection, useDeviceWatching } from '../../api/live-feed.js'
import { Age } from '../../ui/age.js'
import { CornerPanel } from '../../ui/corner-panel.js'
import { useFormat } from '../../ui/format.js'
import { type ShapeKind, StatusShape } from '../../ui/status-shape.js'
import { useNow } from '../../ui/use-now.js'
import classes from './connection-indicator.module.css'
import { connectionWords, delayWords } from './connection-words.js'

const SHAPES: Record<Connection['state'], ShapeKind> = {
  live: 'online',
  catchingUp: 'stale',
  reconnecting: 'unknown',
  polling: 'warning',
  paused: 'maintenance',
  offline: 'offline',
}

/** One small thing, top right, always true; its numbers on a click. */
export function ConnectionIndicator() {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useNow()
  const state = useConnection((connection) => connection.state)
  const words = useConnection((connection) => connectionWords(connection, nowMs, t, format))
  const label = t('connection.label', { state: words })
  return (
    <CornerPanel
      label={label}
      trigger={(props) => (
        <UnstyledButton {...props} className={classes.indicator} data-state={state}>
          <StatusShape kind={SHAPES[state]} />
          <span className="visually-hidden">{t('connection.name')}: </span>
          <span className={classes.words}>{words}</span>
          {state === 'live' && <Delay />}
        </UnstyledButton>
      )}
    >
      {() => <ConnectionDetails />}
    </CornerPanel>
  )
}

function Delay() {
  const { t } = useTranslation()
  const words = useConnection(({ delayMs }) => (delayMs === undefined ? undefined : delayWords(delayMs, t)))
  return words === undefined ? null : <span className={classes.delay}>{words}</span>
}

function ConnectionDetails() {
  const { t } = useTranslation()
  const format = useFormat()
  const { retryNow } = useDeviceWatching()
  const state = useConnection((connection) => connection.state)
  const delay = useConnection(({ delayMs }) => (delayMs === undefined ? '–' : delayWords(delayMs, t)))
  const points = useConnection((connection) => connection.points)
  const lastDataAtMs = useConnection((connection) => connection.lastDataAtMs)
  const reason = useConnection((connection) => connection.reason)
  const waiting = state === 'reconnecting' || state === 'polling' || state === 'offline'
  return (
    <div className={classes.details}>
      {state === 'polling' && <p>{t('connection.pollingWhy')}</p>}
      <dl>
        <dt>{t('connection.delayExplained')}</dt>
        <dd>{delay}</dd>
        <dt>{t('connection.points')}</dt>
        <dd>{format.integer(points)}</dd>
        <dt>{t('connection.lastUpdate')}</dt>
        <dd>{lastDataAtMs === undefined ? t('connection.never') : <Age atMs={lastDataAtMs} />}</dd>
        {reason !== undefined && (
          <>
            <dt>{t('connection.reason')}</dt>
            <dd>{reason}</dd>
          </>
        )}
      </dl>
      {waiting && (
        <Button size="xs" variant="default" onClick={retryNow}>
          {t('connection.retryNow')}
        </Button>
      )}
    </div>
  )
}
