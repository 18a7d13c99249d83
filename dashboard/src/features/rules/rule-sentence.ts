import { type AlertOperator, type AlertRuleRequest, WEEKDAYS } from '@iot/contracts'
import type { TFunction } from 'i18next'
import type { Format } from '../../ui/format.js'

export const OPERATOR_NAMES = {
  '>': 'above',
  '>=': 'atLeast',
  '<': 'below',
  '<=': 'atMost',
  '=': 'equals',
  '!=': 'differs',
  outside: 'outside',
  inside: 'inside',
} as const satisfies Record<AlertOperator, string>

export interface RuleWords {
  readonly t: TFunction
  readonly format: Format
  /** the name of a device, where it is known */
  readonly deviceName: (deviceId: string) => string
  /** the unit of the rule's sensor, where it is known */
  readonly unit?: string | undefined
}

type Rule = Partial<AlertRuleRequest> & Pick<AlertRuleRequest, 'severity'>

/** A whole rule as one says it. What is not filled in yet is left open. */
export function ruleSentence(rule: Rule, words: RuleWords): string {
  const { t } = words
  const open = t('rules.sentence.unfinished')
  const facts = {
    sensor: rule.sensorType ?? open,
    scope: scopeWords(rule, words),
    severity: t(`rules.severities.${rule.severity}`),
    silence: durationWords(rule.noData, words) ?? open,
  }
  return [leading(rule, words, facts), closing(rule, words), hours(rule, words)].filter(Boolean).join(' ')
}

// A type and not an interface: the catalogue takes any facts by name.
type Facts = Readonly<Record<'sensor' | 'scope' | 'severity' | 'silence', string>>

function leading(rule: Rule, words: RuleWords, facts: Facts): string {
  const { t } = words
  if (rule.operator === undefined)
    return rule.sensorType === undefined
      ? t('rules.sentence.silence', facts)
      : t('rules.sentence.sensorSilence', facts)
  const duration = durationWords(rule.for, words)
  const held = duration === undefined ? '' : t('rules.sentence.held', { duration })
  const said = { ...facts, condition: conditionWords(rule, words), held }
  return rule.noData === undefined
    ? t('rules.sentence.value', said)
    : t('rules.sentence.valueOrSilence', said)
}

function closing(rule: Rule, words: RuleWords): string {
  if (rule.clear === undefined) return ''
  return words.t('rules.sentence.closes', { value: valueWords(rule.clear, words) })
}

function hours({ schedule }: Rule, { t }: RuleWords): string {
  if (schedule === undefined) return ''
  const days =
    schedule.days.length === WEEKDAYS.length
      ? t('rules.everyDay')
      : schedule.days.map((day) => t(`rules.days.${day}`)).join(', ')
  return t('rules.sentence.hours', { ...schedule, days, zone: schedule.timeZone })
}

function scopeWords({ deviceId, site }: Rule, { t, deviceName }: RuleWords): string {
  const open = t('rules.sentence.unfinished')
  if (deviceId !== undefined) return deviceName(deviceId) || open
  return site === undefined ? t('rules.sentence.every') : t('rules.sentence.site', { site: site || open })
}

/** “above 8 °C”, “outside 2 to 8 °C”. */
export function conditionWords(rule: Partial<AlertRuleRequest>, words: RuleWords): string {
  const { t } = words
  if (rule.operator === undefined) return t('rules.sentence.unfinished')
  return t(`rules.sentence.${OPERATOR_NAMES[rule.operator]}`, {
    value: valueWords(rule.value, words),
    low: valueWords(rule.low, { ...words, unit: undefined }),
    high: valueWords(rule.high, words),
  })
}

function valueWords(value: number | undefined, { t, format, unit }: RuleWords): string {
  if (value === undefined) return t('rules.sentence.unfinished')
  return unit === undefined ? format.value(value) : `${format.value(value)} ${unit}`
}

const UNITS = { s: 'second', m: 'minute', h: 'hour', d: 'day' } as const

/** “5 min” of `5m`, in the viewer’s language; what is no duration stays as it is. */
function durationWords(text: string | undefined, { format }: RuleWords): string | undefined {
  const [, count, unit] = /^([0-9]+)([smhd])$/.exec(text ?? '') ?? []
  if (count === undefined || unit === undefined) return text
  return Number(count).toLocaleString(format.language, {
    style: 'unit',
    unit: UNITS[unit as keyof typeof UNITS],
    unitDisplay: 'short',
  })
}
