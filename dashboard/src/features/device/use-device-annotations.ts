import type { Alert, Device } from '@iot/contracts'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import { useFormat } from '../../ui/format.js'
import type { ChartAnnotations } from '../../ui/time-chart/chart-annotations.js'
import { type TimeWindow, windowEdges, windowSpanMs } from '../../ui/time-chart/time-window.js'
import { useNow } from '../../ui/use-now.js'
import { useAlertListInfiniteQuery } from '../alerts/alerts-api.js'
import { useRulesOfDeviceQuery } from '../rules/rules-api.js'
import { annotationsBySensor } from './device-annotations.js'

/** Rules change seldom; alerts come live, but for those of the moment in which the page was opened. */
const SLOW_MS = 30_000
/** A moving window asks for its past again when a quarter of it has gone by: what is newer comes live. */
const PARTS = 4

/** Limits and alert marks of a device’s charts, by sensor. */
export function useDeviceAnnotations(
  device: Device,
  window: TimeWindow,
): ReadonlyMap<string, ChartAnnotations> {
  const { t } = useTranslation()
  const format = useFormat()
  const { data: page } = useRulesOfDeviceQuery(device.deviceId, {
    pollingInterval: SLOW_MS,
    skipPollingIfUnfocused: true,
    refetchOnMountOrArgChange: true,
  })
  const alerts = useAlertsOf(device.deviceId, window)
  const units = useUnits(device.deviceId)
  return useMemo(
    () =>
      annotationsBySensor({
        device,
        rules: page?.items ?? [],
        alerts,
        words: { t, format, deviceName: (id) => id },
        unitOf: (sensorType) => units.get(sensorType),
        hrefOf: paths.alert,
      }),
    [device, page, alerts, t, format, units],
  )
}

/** Alerts of the range as they are stored, and as they stand by what came live since. */
function useAlertsOf(deviceId: string, window: TimeWindow): readonly Alert[] {
  const stepMs = Math.max(60_000, windowSpanMs(window) / PARTS)
  const nowMs = useNow(60_000)
  const [fromMs, toMs] = windowEdges(window, Math.floor(nowMs / stepMs) * stepMs)
  const { data } = useAlertListInfiniteQuery(
    {
      deviceId,
      from: new Date(fromMs).toISOString(),
      ...(window.kind === 'fixed' && { to: new Date(toMs).toISOString() }),
    },
    { pollingInterval: SLOW_MS, skipPollingIfUnfocused: true },
  )
  const active = useAppSelector((state) => state.alerts.active)
  const closed = useAppSelector((state) => state.alerts.closed)
  const all = useMemo(() => {
    const known = new Map<string, Alert>()
    for (const page of data?.pages ?? []) for (const alert of page.items) known.set(alert.alertId, alert)
    for (const alert of [...closed.values(), ...active.values()]) {
      if (alert.deviceId === deviceId) known.set(alert.alertId, alert)
    }
    return [...known.values()]
  }, [data, active, closed, deviceId])
  // What a mark shows never changes; what happens to other devices’ alerts must not draw these charts again.
  const said = all.map(({ alertId }) => alertId).join(' ')
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  return useMemo(() => all, [said])
}

/** The unit of each sensor; the same map as long as they are the same, for each reading renews the sensors. */
function useUnits(deviceId: string): ReadonlyMap<string, string | undefined> {
  const said = useAppSelector(({ devices }) =>
    JSON.stringify(
      Object.values(devices.entities[deviceId]?.sensors ?? {}).map(({ sensorType, unit }) => [
        sensorType,
        unit ?? '',
      ]),
    ),
  )
  return useMemo(
    () => new Map((JSON.parse(said) as [string, string][]).map(([name, unit]) => [name, unit || undefined])),
    [said],
  )
}
