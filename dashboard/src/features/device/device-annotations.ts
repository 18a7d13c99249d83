import type { Alert, AlertRule, Device } from '@iot/contracts'
import type { ChartAnnotations, ChartLimit, ChartMark } from '../../ui/time-chart/chart-annotations.js'
import { isAbout, limitOf } from '../rules/rule-limits.js'
import type { RuleWords } from '../rules/rule-sentence.js'

/** Marks of one chart; more stand on each other, and the Alerts tab lists them all. */
export const MOST_MARKS = 60

export interface AnnotationFacts {
  readonly device: Pick<Device, 'deviceId' | 'site'>
  readonly rules: readonly AlertRule[]
  readonly alerts: Iterable<Alert>
  readonly words: Omit<RuleWords, 'unit'>
  readonly unitOf: (sensorType: string) => string | undefined
  readonly hrefOf: (alertId: string) => string
}

/** What stands on the chart of each sensor: the limits of the rules in force, and when alerts opened. */
export function annotationsBySensor(facts: AnnotationFacts): ReadonlyMap<string, ChartAnnotations> {
  const limits = new Map<string, ChartLimit[]>()
  for (const rule of facts.rules) {
    const { sensorType } = rule
    if (sensorType === undefined || !rule.enabled || !isAbout(rule, facts.device)) continue
    const limit = limitOf(rule, rule.id, { ...facts.words, unit: facts.unitOf(sensorType) })
    if (limit !== undefined) limits.set(sensorType, [...(limits.get(sensorType) ?? []), limit])
  }
  const marks = new Map<string, ChartMark[]>()
  for (const alert of facts.alerts) {
    if (alert.sensorType === undefined || alert.deviceId !== facts.device.deviceId) continue
    const mark = markOf(alert, facts)
    marks.set(alert.sensorType, [...(marks.get(alert.sensorType) ?? []), mark])
  }
  const sensorTypes = new Set([...limits.keys(), ...marks.keys()])
  return new Map(
    [...sensorTypes].map((sensorType) => [
      sensorType,
      { limits: limits.get(sensorType) ?? [], marks: newest(marks.get(sensorType) ?? []) },
    ]),
  )
}

function markOf(alert: Alert, { words: { t, format }, hrefOf }: AnnotationFacts): ChartMark {
  const atMs = Date.parse(alert.openedAt)
  return {
    id: alert.alertId,
    atMs,
    severity: alert.severity,
    label: t('rules.chart.mark', {
      severity: t(`rules.severities.${alert.severity}`),
      time: format.time(atMs),
      message: alert.message,
    }),
    href: hrefOf(alert.alertId),
  }
}

function newest(marks: readonly ChartMark[]): readonly ChartMark[] {
  return [...marks].sort((one, other) => one.atMs - other.atMs).slice(-MOST_MARKS)
}
