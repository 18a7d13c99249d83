import type { Device } from '@iot/contracts'
import { Button } from '@mantine/core'
import { useInViewport } from '@mantine/hooks'
import type { TFunction } from 'i18next'
import { useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { useDeviceLive, usePaused, useSensorUnit } from '../../api/live-feed.js'
import { type Format, useFormat } from '../../ui/format.js'
import { fixedWindow } from '../../ui/range-picker/time-range.js'
import { EmptyState, ErrorState, LoadingState, PartialState } from '../../ui/states.js'
import type { ChartAnnotations } from '../../ui/time-chart/chart-annotations.js'
import { LazyTimeChart } from '../../ui/time-chart/lazy-time-chart.js'
import type { SeriesSummary } from '../../ui/time-chart/summarize.js'
import { windowEdges, windowSpanMs } from '../../ui/time-chart/time-window.js'
import classes from './device.module.css'
import type { SensorsProps } from './sensor-cards.js'
import { useDeviceAnnotations } from './use-device-annotations.js'
import { useSensorHistory } from './use-device-histories.js'

const CHART_HEIGHT_PX = 190
/** Charts on the page at first; a device may have 256 sensors. */
const FIRST_CHARTS = 12

interface AnnotatedChartsProps extends Omit<SensorsProps, 'deviceId'> {
  readonly device: Device
}

/** The charts with the limits of the rules in force, and a mark where an alert opened. */
export function AnnotatedCharts({ device, ...props }: AnnotatedChartsProps) {
  const annotations = useDeviceAnnotations(device, props.view.window)
  return <SensorCharts deviceId={device.deviceId} annotations={annotations} {...props} />
}

interface SensorChartsProps extends SensorsProps {
  readonly annotations: ReadonlyMap<string, ChartAnnotations>
}

/** One chart per sensor, under one crosshair. */
function SensorCharts({ sensorTypes, annotations, ...props }: SensorChartsProps) {
  const { t } = useTranslation()
  const [shown, setShown] = useState(FIRST_CHARTS)
  const hidden = sensorTypes.length - shown
  return (
    <div className={classes.charts}>
      {sensorTypes.slice(0, shown).map((sensorType) => (
        <SensorChart
          key={sensorType}
          sensorType={sensorType}
          annotations={annotations.get(sensorType)}
          {...props}
        />
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
  readonly annotations: ChartAnnotations | undefined
}

function SensorChart(props: SensorChartProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const unit = useSensorUnit(props.deviceId, props.sensorType)
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
  const { series, sensorType, unit, view, annotations } = props
  const { t } = useTranslation()
  const navigate = useNavigate()
  const format = useFormat()
  const { paused } = usePaused()
  const labels = useMemo(() => ({ locale: format.language, timeZone: format.timeZone }), [format])
  const withUnit = (value: number) => `${format.value(value)}${unit === undefined ? '' : ` ${unit}`}`
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
      formatAxisValue={format.fixed}
      describe={(summary) => describe(summary, { t, format, sensorType, withUnit, annotations })}
      syncKey={props.deviceId}
      onZoom={zoom}
      {...(annotations !== undefined && { annotations })}
      onMark={({ href }) => void navigate(href)}
    />
  )
}

interface Describing {
  readonly t: TFunction
  readonly format: Format
  readonly sensorType: string
  readonly withUnit: (value: number) => string
  readonly annotations: ChartAnnotations | undefined
}

function describe(
  summary: SeriesSummary | undefined,
  { t, format, sensorType, withUnit, annotations }: Describing,
): string {
  if (summary === undefined) return t('device.charts.describeEmpty', { sensor: sensorType })
  const limits = annotations?.limits?.map(({ label }) => label).join(', ') ?? ''
  const said = t('device.charts.describe', {
    sensor: sensorType,
    min: withUnit(summary.min),
    max: withUnit(summary.max),
    last: withUnit(summary.last),
    time: format.time(summary.lastMs),
  })
  return limits === '' ? said : `${said} ${t('rules.chart.limits', { list: limits })}`
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
