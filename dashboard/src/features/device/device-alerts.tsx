import type { Alert, AlertRule, Device } from '@iot/contracts'
import { Button } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { isApiError } from '../../api/api-error.js'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import { Age } from '../../ui/age.js'
import { useFormat } from '../../ui/format.js'
import { ErrorState, LoadingState } from '../../ui/states.js'
import { StatusShape } from '../../ui/status-shape.js'
import { useStateWords } from '../alerts/alert-words.js'
import { useAlertListInfiniteQuery } from '../alerts/alerts-api.js'
import { isAbout } from '../rules/rule-limits.js'
import { ruleSentence } from '../rules/rule-sentence.js'
import { useRulesOfDeviceQuery } from '../rules/rules-api.js'
import { hasRole, selectUser } from '../session/session-slice.js'
import classes from './device.module.css'

/** What closes comes live; what closed while this page was on its way is in the store a moment later. */
const PAST_EVERY_MS = 10_000

/** What is wrong with the device, what was, and which rules watch it. */
export function DeviceAlerts({ device }: { device: Device }) {
  const { t } = useTranslation()
  const active = useActiveAlerts(device.deviceId)
  return (
    <div className={classes.details}>
      <section className={`${classes.panel} ${classes.wide}`} aria-labelledby="alerts-active">
        <h2 id="alerts-active" className={classes.panelTitle}>
          {t('rules.ofDevice.active')}
        </h2>
        {active.length === 0 ? (
          <p className={classes.muted}>{t('rules.ofDevice.noneActive')}</p>
        ) : (
          <AlertItems alerts={active} />
        )}
      </section>
      <PastAlerts deviceId={device.deviceId} active={active} />
      <DeviceRules device={device} />
    </div>
  )
}

/** Live: the page keeps all that are active. Critical first, then the newest. */
export function useActiveAlerts(deviceId: string): readonly Alert[] {
  const active = useAppSelector((state) => state.alerts.active)
  return useMemo(
    () =>
      [...active.values()]
        .filter((alert) => alert.deviceId === deviceId)
        .sort(
          (one, other) =>
            Number(other.severity === 'critical') - Number(one.severity === 'critical') ||
            other.openedAt.localeCompare(one.openedAt),
        ),
    [active, deviceId],
  )
}

function PastAlerts({ deviceId, active }: { deviceId: string; active: readonly Alert[] }) {
  const { t } = useTranslation()
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useAlertListInfiniteQuery(
    { deviceId, state: 'closed' },
    { refetchOnMountOrArgChange: true, pollingInterval: PAST_EVERY_MS, skipPollingIfUnfocused: true },
  )
  const closedLive = useAppSelector((state) => state.alerts.closed)
  const alerts = useMemo(() => {
    const known = new Map<string, Alert>()
    for (const alert of [...closedLive.values()].reverse())
      if (alert.deviceId === deviceId) known.set(alert.alertId, alert)
    for (const page of data?.pages ?? []) for (const alert of page.items) known.set(alert.alertId, alert)
    for (const { alertId } of active) known.delete(alertId)
    return [...known.values()].sort((one, other) => other.openedAt.localeCompare(one.openedAt))
  }, [closedLive, data, active, deviceId])
  return (
    <section className={`${classes.panel} ${classes.wide}`} aria-labelledby="alerts-past">
      <h2 id="alerts-past" className={classes.panelTitle}>
        {t('rules.ofDevice.past')}
      </h2>
      {isApiError(error) && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === undefined && <LoadingState heightPx={90} rows={2} />}
      {data !== undefined && alerts.length === 0 && (
        <p className={classes.muted}>{t('rules.ofDevice.nonePast')}</p>
      )}
      {alerts.length > 0 && <AlertItems alerts={alerts} />}
      {hasNextPage && (
        <Button size="xs" variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('rules.more')}
        </Button>
      )}
    </section>
  )
}

function AlertItems({ alerts }: { alerts: readonly Alert[] }) {
  return (
    <ul className={classes.alerts}>
      {alerts.map((alert) => (
        <AlertItem key={alert.alertId} alert={alert} />
      ))}
    </ul>
  )
}

function AlertItem({ alert }: { alert: Alert }) {
  const { t } = useTranslation()
  const format = useFormat()
  const openedMs = Date.parse(alert.openedAt)
  const stateWords = useStateWords()(alert)
  const facts = [
    alert.sensorType,
    alert.closeReason === undefined ? stateWords : t(`rules.ofDevice.closed.${alert.closeReason}`),
    alert.flapping && t('rules.ofDevice.flapping'),
  ]
  return (
    <li>
      <StatusShape kind={alert.severity} label={t(`rules.severities.${alert.severity}`)} />
      <span className={classes.alertText}>
        <Link to={paths.alert(alert.alertId)}>{alert.message}</Link>
        <span className={classes.hint}>{facts.filter(Boolean).join(' · ')}</span>
      </span>
      <span className={classes.hint}>
        {alert.closedAt === undefined ? (
          <Age atMs={openedMs} />
        ) : (
          <time dateTime={alert.openedAt} title={format.absolute(openedMs)}>
            {format.time(openedMs)} ·{' '}
            {t('rules.ofDevice.lasted', {
              duration: format.duration(Date.parse(alert.closedAt) - openedMs),
            })}
          </time>
        )}
      </span>
    </li>
  )
}

/** The rules that judge this device, each in one sentence. */
function DeviceRules({ device }: { device: Device }) {
  const { t } = useTranslation()
  const mayAdd = hasRole(useAppSelector(selectUser), 'operator')
  const { data, error, refetch } = useRulesOfDeviceQuery(device.deviceId, { refetchOnMountOrArgChange: true })
  const rules = (data?.items ?? []).filter((rule) => isAbout(rule, device) && hasSensor(device, rule))
  return (
    <section className={`${classes.panel} ${classes.wide}`} aria-labelledby="device-rules">
      <div className={classes.chartHead}>
        <h2 id="device-rules" className={classes.panelTitle}>
          {t('nav.rules')}
        </h2>
        {mayAdd && (
          <Button
            component={Link}
            to={paths.newRule({ device: device.deviceId })}
            size="compact-xs"
            variant="default"
          >
            {t('rules.ofDevice.newRule')}
          </Button>
        )}
      </div>
      {isApiError(error) && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === undefined && <LoadingState heightPx={60} />}
      {data !== undefined && rules.length === 0 && <p className={classes.muted}>{t('rules.empty')}</p>}
      <ul className={classes.alerts}>
        {rules.map((rule) => (
          <RuleItem key={rule.id} rule={rule} device={device} />
        ))}
      </ul>
    </section>
  )
}

/** A rule about every device judges those that have its sensor. */
function hasSensor(device: Device, { deviceId, sensorType }: AlertRule): boolean {
  if (deviceId !== undefined || sensorType === undefined) return true
  return device.sensors.some((sensor) => sensor.sensorType === sensorType)
}

function RuleItem({ rule, device }: { rule: AlertRule; device: Device }) {
  const { t } = useTranslation()
  const format = useFormat()
  const unit = device.sensors.find(({ sensorType }) => sensorType === rule.sensorType)?.unit
  const deviceName = (id: string) => (id === device.deviceId ? device.name : id)
  return (
    <li data-off={!rule.enabled || undefined}>
      <StatusShape kind={rule.severity} label={t(`rules.severities.${rule.severity}`)} />
      <span className={classes.alertText}>
        <Link to={paths.rule(rule.id)}>{rule.name}</Link>
        <span className={classes.hint}>{ruleSentence(rule, { t, format, deviceName, unit })}</span>
      </span>
      {!rule.enabled && <span className={classes.hint}>{t('rules.off')}</span>}
    </li>
  )
}
