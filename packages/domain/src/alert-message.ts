import type { AlertRuleRequest, AlertThreshold } from '@iot/contracts'

/** What a rule’s message may name between braces. */
export const MESSAGE_PLACEHOLDERS = [
  'device',
  'deviceId',
  'sensor',
  'value',
  'unit',
  'site',
  'rule',
  'threshold',
] as const
export type MessagePlaceholder = (typeof MESSAGE_PLACEHOLDERS)[number]

export const PLACEHOLDER = /\{([A-Za-z]+)\}/g

/** Of `Alert.message`. */
const MESSAGE_LENGTH = 1_000
/** As many digits as a sensor is good for; 87.19999999999999 is the computer’s. */
const DIGITS = 6
/** In place of what is not known. */
const UNKNOWN = '–'

const SIGNS = { '>': '>', '>=': '≥', '<': '<', '<=': '≤', '=': '=', '!=': '≠' } as const

/** What an alert is about, as far as it is known, and why it opens: a value, or that none comes. */
export interface AlertSubject {
  readonly cause: 'value' | 'silent' | 'offline'
  readonly deviceId: string
  readonly deviceName?: string | undefined
  readonly site?: string | undefined
  readonly sensorType?: string | undefined
  readonly value?: number | undefined
  readonly unit?: string | undefined
}

/**
 * What an alert says: the rule’s own words with their placeholders filled in, or ours. A rule about values that opens
 * because none comes says so in our words: its own would tell of a value that is not there.
 */
export function alertMessage(rule: AlertRuleRequest, subject: AlertSubject): string {
  const isOwn = rule.message !== undefined && (rule.operator === undefined || subject.cause === 'value')
  return bounded(isOwn ? fill(rule.message!, rule, subject) : usual(rule, subject))
}

/** The limits that were crossed, for the alert’s `threshold`; none where the rule is about silence. */
export function alertThreshold(
  rule: AlertRuleRequest,
  current: number,
  unit: string | undefined,
): AlertThreshold | undefined {
  const { operator, value, low, high } = rule
  if (operator === undefined) return undefined
  return {
    operator,
    ...(value !== undefined && { value }),
    ...(low !== undefined && { low }),
    ...(high !== undefined && { high }),
    current,
    ...(unit !== undefined && { unit }),
  }
}

function fill(template: string, rule: AlertRuleRequest, subject: AlertSubject): string {
  // In one go: what is filled in is never looked at for placeholders again.
  return template.replace(PLACEHOLDER, (whole, name: string) =>
    MESSAGE_PLACEHOLDERS.includes(name as MessagePlaceholder)
      ? textOf(name as MessagePlaceholder, rule, subject)
      : whole,
  )
}

function textOf(name: MessagePlaceholder, rule: AlertRuleRequest, subject: AlertSubject): string {
  switch (name) {
    case 'device':
      return subject.deviceName ?? subject.deviceId
    case 'deviceId':
      return subject.deviceId
    case 'sensor':
      return subject.sensorType ?? UNKNOWN
    case 'value':
      return subject.value === undefined ? UNKNOWN : number(subject.value)
    case 'unit':
      return subject.unit ?? ''
    case 'site':
      return subject.site ?? UNKNOWN
    case 'rule':
      return rule.name
    case 'threshold':
      return limits(rule, undefined) || UNKNOWN
  }
}

function usual(rule: AlertRuleRequest, subject: AlertSubject): string {
  const { cause, sensorType, value, unit } = subject
  if (cause === 'offline') return `${subject.deviceName ?? subject.deviceId} is offline`
  if (cause === 'silent' || value === undefined) {
    const who = sensorType === undefined ? (subject.deviceName ?? subject.deviceId) : label(sensorType)
    return rule.noData === undefined ? `${who}: no data` : `${who}: no data for ${rule.noData}`
  }
  const held = rule.for === undefined ? '' : ` for ${rule.for}`
  return `${label(sensorType ?? 'value')} ${number(value)}${withUnit(unit)} ${comparison(rule, unit)}${held}`
}

function comparison(rule: AlertRuleRequest, unit: string | undefined): string {
  const { operator } = rule
  if (operator === undefined) return ''
  const sign = operator === 'outside' || operator === 'inside' ? operator : SIGNS[operator]
  return `${sign} ${limits(rule, unit)}`
}

function limits({ operator, value, low, high }: AlertRuleRequest, unit: string | undefined): string {
  if (operator === 'outside' || operator === 'inside') {
    return `${number(low ?? Number.NaN)} to ${number(high ?? Number.NaN)}${withUnit(unit)}`
  }
  return value === undefined ? '' : `${number(value)}${withUnit(unit)}`
}

function number(value: number): string {
  return String(Number(value.toPrecision(DIGITS)))
}

function withUnit(unit: string | undefined): string {
  if (unit === undefined || unit === '') return ''
  return unit === '%' ? '%' : ` ${unit}`
}

/** `water_level` as people write it. */
function label(sensorType: string): string {
  const words = sensorType.replace(/[_-]+/g, ' ').trim()
  return words === '' ? sensorType : words[0]!.toUpperCase() + words.slice(1)
}

function bounded(text: string): string {
  if (text.length <= MESSAGE_LENGTH) return text
  // A character outside of the basic plane is two units: half of one is none.
  return `${text.slice(0, MESSAGE_LENGTH - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}
