import { Button } from '@mantine/core'
import { useInViewport } from '@mantine/hooks'
import type { TFunction } from 'i18next'
import { useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useDeviceLive, usePaused } from '../../api/live-feed.js'
import { type Format, useFormat } from '../../ui/format.js'
import { fixedWindow } from '../../ui/range-picker/time-range.js'
import { EmptyState, ErrorState, LoadingState, PartialState } from '../../ui/states.js'
import { LazyTimeChart } from '../../ui/time-chart/lazy-time-chart.js'
import type { SeriesSummary } from '../../ui/time-chart/summarize.js'
import { windowEdges, windowSpanMs } from '../../ui/time-chart/time-window.js'
import classes from './device.module.css'
import type { SensorsProps } from './sensor-cards.js'
import { useSensorHistory } from './use-device-histories.js'

const CHART_HEIGHT_PX = 190
/** Charts on the page at first; a device may have 256 sensors. */
const FIRST_CHARTS = 12

/** One chart per sensor, under one crosshair. */
export function SensorCharts({ sensorTypes, ...props }: SensorsProps) {
  const { t } = useTranslation()
  const [shown, setShown] = useState(FIRST_CHARTS)
  const hidden = sensorTypes.length - shown
  return (
    <div className={classes.charts}>
      {sensorTypes.slice(0, shown).map((sensorType) => (
        <SensorChart key={sensorType} sensorType={sensorType} {...props} />
      ))}
      {hidden > 0 && (
        <Button variant="default" size="xs" onClick={() => setShown(shown + FIRST_CHARTS)}>
          {t('device.charts.more', { count: Math.min(hidden, FIRST_CHARTS) })}
        </Button>
      )}
    </div>
  )
}

interface SensorChartProps extends Omit<SensorsProps, 'sensorTypes'> {
  readonly sensorType: string
}

function SensorChart(props: SensorChartProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const unit = useDeviceLive(props.deviceId)?.sensors[props.sensorType]?.unit
  const { ref, inViewport } = useInViewport()
  const [seen, setSeen] = useState(false)
  if (inViewport && !seen) setSeen(true)
  const bucketMs = props.histories.get(props.sensorType).series?.bucketMs ?? 0
  const headingId = `chart-${props.sensorType}`
  return (
    <section ref={ref} className={classes.panel} aria-labelledby={headingId}>
      <div className={classes.chartHead}>
        <h2 id={headingId} className={classes.chartTitle}>
          {props.sensorType} {unit !== undefined && <span className={classes.unit}>{unit}</span>}
        </h2>
        <span className={classes.hint}>
          {bucketMs > 0 && t('device.charts.minMax', { width: format.duration(bucketMs) })}
        </span>
      </div>
      <div className={classes.stage} style={{ minHeight: CHART_HEIGHT_PX }}>
        {seen ? <ChartStage {...props} unit={unit} /> : <LoadingState heightPx={CHART_HEIGHT_PX} />}
      </div>
    </section>
  )
}

/** The chart, or which of the other states it is in. */
function ChartStage(props: SensorChartProps & { unit: string | undefined }) {
  const { t } = useTranslation()
  const { histories, sensorType, view } = props
  const { series, status, error, partial } = useSensorHistory(histories, sensorType)
  if (status === 'failed' && error !== undefined) {
    return <ErrorState error={error} onRetry={() => histories.reload(sensorType)} />
  }
  if (series === undefined) return <LoadingState heightPx={CHART_HEIGHT_PX} />
  const [fromMs, toMs] = windowEdges(view.window, Date.now(), series.newestMs)
  const empty = series.length === 0 || series.newestMs! < fromMs || series.oldestMs! > toMs
  if (empty && status === 'ready') return <NothingInRange {...props} />
  return (
    <>
      {partial && <PartialState detail={t('device.charts.partial')} />}
      <Chart {...props} series={series} />
    </>
  )
}

function Chart(
  props: SensorChartProps & {
    unit: string | undefined
    series: NonNullable<ReturnType<typeof useSensorHistory>['series']>
  },
) {
  const { series, sensorType, unit, view } = props
  const { t } = useTranslation()
  const format = useFormat()
  const { paused } = usePaused()
  const labels = useMemo(() => ({ locale: format.language, timeZone: format.timeZone }), [format])
  const withUnit = (value: number) => `${format.value(value)}${unit === undefined ? '' : ` ${unit}`}`
  const axisValue = useCallback(
    (value: number, digits: number) =>
      value.toLocaleString(format.language, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
    [format],
  )
  const { setWindow } = view
  const zoom = useCallback(
    (fromMs: number, toMs: number) => setWindow(fixedWindow(fromMs, toMs)),
    [setWindow],
  )
  return (
    <LazyTimeChart
      series={series}
      window={view.window}
      height={CHART_HEIGHT_PX}
      frozen={paused}
      labels={labels}
      formatValue={withUnit}
      formatAxisValue={axisValue}
      describe={(summary) => describe(summary, { t, format, sensorType, withUnit })}
      syncKey={props.deviceId}
      onZoom={zoom}
    />
  )
}

interface Describing {
  readonly t: TFunction
  readonly format: Format
  readonly sensorType: string
  readonly withUnit: (value: number) => string
}

function describe(
  summary: SeriesSummary | undefined,
  { t, format, sensorType, withUnit }: Describing,
): string {
  if (summary === undefined) return t('device.charts.describeEmpty', { sensor: sensorType })
  return t('device.charts.describe', {
    sensor: sensorType,
    min: withUnit(summary.min),
    max: withUnit(summary.max),
    last: withUnit(summary.last),
    time: format.time(summary.lastMs),
  })
}

function NothingInRange({ deviceId, sensorType, view }: SensorChartProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const latestAtMs = useDeviceLive(deviceId)?.sensors[sensorType]?.latestAtMs
  if (latestAtMs === undefined) return <EmptyState title={t('device.charts.emptyTitle')} />
  const halfMs = windowSpanMs(view.window) / 2
  return (
    <EmptyState title={t('device.charts.emptyTitle')}>
      <p>{t('device.charts.emptyLast', { time: format.time(latestAtMs) })}</p>
      <Button
        size="xs"
        variant="default"
        onClick={() => view.setWindow(fixedWindow(latestAtMs - halfMs, latestAtMs + halfMs))}
      >
        {t('device.charts.showLast')}
      </Button>
    </EmptyState>
  )
}
