import type { AlertRuleRequest } from '@iot/contracts'
import type { ChartLimit } from '../../ui/time-chart/chart-annotations.js'
import { conditionWords, type RuleWords } from './rule-sentence.js'

const NONE = Number.NEGATIVE_INFINITY
const ALL = Number.POSITIVE_INFINITY

/** What a rule judges, as a chart shades it; undefined where it judges no value. */
export function limitOf(rule: AlertRuleRequest, id: string, words: RuleWords): ChartLimit | undefined {
  const shape = shapeOf(rule)
  if (shape === undefined) return undefined
  const { severity } = rule
  const label = words.t('rules.chart.limit', {
    severity: words.t(`rules.severities.${severity}`),
    condition: conditionWords(rule, words),
  })
  return { id, severity, label, ...shape }
}

/** Where a breach begins, and what is in it; undefined where no value is judged. */
export function shapeOf(
  rule: Pick<AlertRuleRequest, 'operator' | 'value' | 'low' | 'high'>,
): Pick<ChartLimit, 'bands' | 'lines'> | undefined {
  const { operator, value, low, high } = rule
  if (operator === 'outside' || operator === 'inside') {
    if (low === undefined || high === undefined) return undefined
    const bands: ChartLimit['bands'] =
      operator === 'inside'
        ? [[low, high]]
        : [
            [NONE, low],
            [high, ALL],
          ]
    return { bands, lines: [low, high] }
  }
  if (operator === undefined || value === undefined) return undefined
  if (operator === '>' || operator === '>=') return { bands: [[value, ALL]], lines: [value] }
  if (operator === '<' || operator === '<=') return { bands: [[NONE, value]], lines: [value] }
  // One value out of all has no height to shade.
  return { bands: [], lines: [value] }
}

/** Whether a rule is about this device: by its id, by its site, or about every device. */
export function isAbout(
  rule: Pick<AlertRuleRequest, 'deviceId' | 'site'>,
  device: { deviceId: string; site?: string | undefined },
): boolean {
  if (rule.deviceId !== undefined) return rule.deviceId === device.deviceId
  return rule.site === undefined || rule.site === device.site
}
