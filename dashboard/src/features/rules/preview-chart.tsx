import type { AlertRuleRequest, PreviewEpisode } from '@iot/contracts'
import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ApiError } from '../../api/api-error.js'
import { useTransport } from '../../api/use-transport.js'
import { useFormat } from '../../ui/format.js'
import { EmptyState, ErrorState, LoadingState } from '../../ui/states.js'
import type { ChartAnnotations } from '../../ui/time-chart/chart-annotations.js'
import { LazyTimeChart } from '../../ui/time-chart/lazy-time-chart.js'
import { TimeSeries } from '../../ui/time-chart/time-series.js'
import { loadHistory } from '../device/load-history.js'
import { useDeviceName } from './known-sensors.js'
import { limitOf } from './rule-limits.js'

const HEIGHT_PX = 240
const POINTS = 640

interface PreviewChartProps {
  readonly rule: AlertRuleRequest
  readonly deviceId: string
  readonly sensorType: string
  readonly unit: string | undefined
  readonly episodes: readonly PreviewEpisode[]
  readonly fromMs: number
  readonly toMs: number
}

/** The stored line of a sensor, where the rule’s limits lie, and when it would have been open. */
export function PreviewChart(props: PreviewChartProps) {
  const { rule, deviceId, sensorType, unit, episodes, fromMs, toMs } = props
  const { t } = useTranslation()
  const format = useFormat()
  const deviceName = useDeviceName()
  const line = useLine(deviceId, sensorType, fromMs, toMs)
  const annotations = useAnnotations(rule, unit, episodes)
  const window = useMemo(() => ({ kind: 'fixed' as const, fromMs, toMs }), [fromMs, toMs])
  const labels = useMemo(() => ({ locale: format.language, timeZone: format.timeZone }), [format])
  if (line.error !== undefined) return <ErrorState error={line.error} />
  if (line.series === undefined) return <LoadingState heightPx={HEIGHT_PX} />
  if (line.series.length === 0) return <EmptyState title={t('device.charts.emptyTitle')} />
  const described = t('rules.preview.chart', {
    sensor: sensorType,
    device: deviceName(deviceId),
    count: episodes.length,
  })
  return (
    <LazyTimeChart
      series={line.series}
      window={window}
      height={HEIGHT_PX}
      frozen={false}
      labels={labels}
      formatValue={(value) => `${format.value(value)}${unit === undefined ? '' : ` ${unit}`}`}
      formatAxisValue={format.fixed}
      describe={() => described}
      annotations={annotations}
    />
  )
}

function useAnnotations(
  rule: AlertRuleRequest,
  unit: string | undefined,
  episodes: readonly PreviewEpisode[],
): ChartAnnotations {
  const { t } = useTranslation()
  const format = useFormat()
  // By their words: the same rule and the same episodes are the same annotations.
  const said = JSON.stringify([rule, unit, episodes])
  return useMemo(() => {
    const [asked, unitSaid, spans] = JSON.parse(said) as [AlertRuleRequest, string | null, PreviewEpisode[]]
    const words = { t, format, deviceName: (id: string) => id, unit: unitSaid ?? undefined }
    const limit = limitOf(asked, 'preview', words)
    return {
      reachLimits: true,
      limits: limit === undefined ? [] : [limit],
      spans: spans.map(({ openedAt, closedAt }) => ({
        fromMs: Date.parse(openedAt),
        toMs: closedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(closedAt),
        severity: asked.severity,
      })),
    }
  }, [said, t, format])
}

interface Line {
  readonly series?: TimeSeries
  readonly error?: ApiError
}

/** A stored line; the one before stays on show while the next is on its way. */
function useLine(deviceId: string, sensorType: string, fromMs: number, toMs: number): Line {
  const transport = useTransport()
  const [line, setLine] = useState<Line & { of?: string }>({})
  const of = `${deviceId} ${sensorType}`
  useEffect(() => {
    const loading = new AbortController()
    async function load(): Promise<void> {
      const window = { kind: 'fixed' as const, fromMs, toMs }
      const question = { deviceId, sensorType, window, points: POINTS, nowMs: toMs, signal: loading.signal }
      const { history, error } = await loadHistory(transport.request, question)
      if (loading.signal.aborted) return
      if (history === undefined) return setLine({ error })
      const series = new TimeSeries({
        capacity: Math.max(2, history.points.length),
        bucketMs: history.bucketMs,
      })
      series.load(history.points)
      setLine({ series, of })
    }
    void load()
    return () => loading.abort()
  }, [deviceId, sensorType, fromMs, toMs, transport, of])
  return line.of === of || line.error !== undefined ? line : {}
}
