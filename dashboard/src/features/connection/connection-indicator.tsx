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
  const connection = useConnection()
  const words = connectionWords(connection, useNow(), t, format)
  const label = t('connection.label', { state: words })
  return (
    <CornerPanel
      label={label}
      trigger={(props) => (
        <UnstyledButton {...props} className={classes.indicator} data-state={connection.state}>
          <StatusShape kind={SHAPES[connection.state]} />
          <span className="visually-hidden">{t('connection.name')}: </span>
          <span className={classes.words}>{words}</span>
          {connection.state === 'live' && connection.delayMs !== undefined && (
            <span className={classes.delay}>{delayWords(connection.delayMs, t)}</span>
          )}
        </UnstyledButton>
      )}
    >
      {() => <ConnectionDetails connection={connection} />}
    </CornerPanel>
  )
}

function ConnectionDetails({ connection }: { connection: Connection }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { retryNow } = useDeviceWatching()
  const waiting =
    connection.state === 'reconnecting' || connection.state === 'polling' || connection.state === 'offline'
  return (
    <div className={classes.details}>
      {connection.state === 'polling' && <p>{t('connection.pollingWhy')}</p>}
      <dl>
        <dt>{t('connection.delayExplained')}</dt>
        <dd>{connection.delayMs === undefined ? '–' : delayWords(connection.delayMs, t)}</dd>
        <dt>{t('connection.points')}</dt>
        <dd>{format.integer(connection.points)}</dd>
        <dt>{t('connection.lastUpdate')}</dt>
        <dd>
          {connection.lastDataAtMs === undefined ? (
            t('connection.never')
          ) : (
            <Age atMs={connection.lastDataAtMs} />
          )}
        </dd>
        {connection.reason !== undefined && (
          <>
            <dt>{t('connection.reason')}</dt>
            <dd>{connection.reason}</dd>
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
