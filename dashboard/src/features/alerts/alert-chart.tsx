import type { Alert } from '@iot/contracts'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'
import { usePaused } from '../../api/live-feed.js'
import { paths } from '../../paths.js'
import { useFormat } from '../../ui/format.js'
import { fixedWindow, formatRange } from '../../ui/range-picker/time-range.js'
import { EmptyState, ErrorState, LoadingState } from '../../ui/states.js'
import type { ChartAnnotations } from '../../ui/time-chart/chart-annotations.js'
import { LazyTimeChart } from '../../ui/time-chart/lazy-time-chart.js'
import type { TimeWindow } from '../../ui/time-chart/time-window.js'
import { useChartPoints } from '../device/use-chart-points.js'
import { useDeviceHistories, useSensorHistory } from '../device/use-device-histories.js'
import { shapeOf } from '../rules/rule-limits.js'
import classes from './alert-page.module.css'
import { limitValue, useLimitWords } from './alert-words.js'

const AROUND_MS = 30 * 60_000
const CHART_HEIGHT_PX = 240

interface AlertChartProps {
  alert: Alert
  deviceId: string
  sensorType: string
}

/** The sensor from half an hour before it opened to half an hour after. */
export function AlertChart({ alert, deviceId, sensorType }: AlertChartProps) {
  const { t } = useTranslation()
  const openedMs = Date.parse(alert.openedAt)
  const window = useMemo(() => fixedWindow(openedMs - AROUND_MS, openedMs + AROUND_MS), [openedMs])
  const onPage = paths.device(deviceId, formatRange(window))
  return (
    <section className={classes.panel} aria-labelledby="alert-chart">
      <div className={classes.chartHead}>
        <h2 id="alert-chart">{t('alertPages.chart', { sensor: sensorType })}</h2>
        <span>{t('alertPages.chartHint')}</span>
        <Link to={onPage}>{t('alertPages.chartLink')}</Link>
      </div>
      <Stage alert={alert} deviceId={deviceId} sensorType={sensorType} window={window} />
    </section>
  )
}

function Stage({ alert, deviceId, sensorType, window }: AlertChartProps & { window: TimeWindow }) {
  const { t } = useTranslation()
  const { ref, points } = useChartPoints()
  const histories = useDeviceHistories(deviceId, window, points)
  const { series, status, error } = useSensorHistory(histories, sensorType)
  return (
    <div ref={ref} style={{ minHeight: CHART_HEIGHT_PX }}>
      {status === 'failed' && error !== undefined ? (
        <ErrorState error={error} onRetry={() => histories.reload(sensorType)} />
      ) : series === undefined ? (
        <LoadingState heightPx={CHART_HEIGHT_PX} />
      ) : series.length === 0 && status === 'ready' ? (
        <EmptyState title={t('device.charts.emptyTitle')} />
      ) : (
        <Chart alert={alert} deviceId={deviceId} sensorType={sensorType} window={window} series={series} />
      )}
    </div>
  )
}

type ChartProps = AlertChartProps & {
  window: TimeWindow
  series: NonNullable<ReturnType<typeof useSensorHistory>['series']>
}

function Chart({ alert, deviceId, sensorType, window, series }: ChartProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const navigate = useNavigate()
  const { paused } = usePaused()
  const labels = useMemo(() => ({ locale: format.language, timeZone: format.timeZone }), [format])
  const unit = alert.threshold?.unit
  const annotations = useAnnotations(alert)
  const withUnit = (value: number) => limitValue(value, unit, format)
  return (
    <LazyTimeChart
      series={series}
      window={window}
      height={CHART_HEIGHT_PX}
      frozen={paused}
      labels={labels}
      formatValue={withUnit}
      formatAxisValue={format.fixed}
      annotations={annotations}
      describe={(summary) =>
        summary === undefined
          ? t('device.charts.describeEmpty', { sensor: sensorType })
          : t('device.charts.describe', {
              sensor: sensorType,
              min: withUnit(summary.min),
              max: withUnit(summary.max),
              last: withUnit(summary.last),
              time: format.time(summary.lastMs),
            })
      }
      onZoom={(fromMs, toMs) => void navigate(paths.device(deviceId, formatRange(fixedWindow(fromMs, toMs))))}
    />
  )
}

/** The limit that was crossed, the time in which it was, and the moment it opened. */
function useAnnotations({
  alertId,
  message,
  openedAt,
  closedAt,
  severity,
  threshold,
}: Alert): ChartAnnotations {
  const words = useLimitWords()
  return useMemo(() => {
    const shape = threshold && shapeOf(threshold)
    const fromMs = Date.parse(openedAt)
    return {
      ...(threshold && shape && { limits: [{ id: alertId, severity, label: words(threshold), ...shape }] }),
      spans: [
        { fromMs, toMs: closedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(closedAt), severity },
      ],
      marks: [{ id: alertId, atMs: fromMs, severity, label: message, href: paths.alert(alertId) }],
      reachLimits: true,
    }
  }, [alertId, message, openedAt, closedAt, severity, threshold, words])
}
