import type { AlertOperator, AlertRuleRequest, FieldFault, MaintenanceWindowRequest } from '@iot/contracts'
import { MESSAGE_PLACEHOLDERS, type MessagePlaceholder, PLACEHOLDER } from './alert-message.js'
import { fieldFault as fault } from './field-fault.js'
import { parseDuration } from './parse-duration.js'
import { scheduleFaults } from './schedule-faults.js'

const DAY_MS = 86_400_000
const LONGEST_RULE_DAYS = 30
/** What is forgotten must not keep alerts away for ever. */
const LONGEST_WINDOW_DAYS = 366

/** All that is wrong with a rule that fits its schema; none: it can be compiled. */
export function ruleFaults(rule: AlertRuleRequest): FieldFault[] {
  return [
    ...nameFaults(rule),
    ...subjectFaults(rule),
    ...conditionFaults(rule),
    ...durationFaults(rule),
    ...messageFaults(rule),
    ...(rule.schedule ? scheduleFaults('schedule', rule.schedule) : []),
  ]
}

/** All that is wrong with a maintenance window; with `nowMs` also that it is over. */
export function windowFaults(window: MaintenanceWindowRequest, nowMs?: number): FieldFault[] {
  const faults: FieldFault[] = []
  const { deviceId, site } = window
  if (deviceId !== undefined && site !== undefined) {
    faults.push(fault('site', 'WINDOW_ABOUT_TWO'))
  }
  if (deviceId === undefined && site === undefined) {
    faults.push(fault('deviceId', 'WINDOW_ABOUT_NOTHING'))
  }
  const fromMs = Date.parse(window.from)
  const toMs = Date.parse(window.to)
  if (Number.isNaN(fromMs)) faults.push(fault('from', 'NO_TIME'))
  if (Number.isNaN(toMs)) faults.push(fault('to', 'NO_TIME'))
  if (toMs <= fromMs) faults.push(fault('to', 'ENDS_TOO_EARLY'))
  else if (nowMs !== undefined && toMs <= nowMs) faults.push(fault('to', 'OVER_ALREADY'))
  if (toMs - fromMs > LONGEST_WINDOW_DAYS * DAY_MS) {
    faults.push(fault('to', 'WINDOW_TOO_LONG', { days: String(LONGEST_WINDOW_DAYS) }))
  }
  return faults
}

function nameFaults({ name }: AlertRuleRequest): FieldFault[] {
  return name.trim() === '' ? [fault('name', 'NAME_BLANK')] : []
}

function subjectFaults({ deviceId, site, sensorType, operator, noData }: AlertRuleRequest): FieldFault[] {
  const faults: FieldFault[] = []
  if (deviceId !== undefined && site !== undefined) {
    faults.push(fault('site', 'RULE_ABOUT_TWO'))
  }
  if (operator === undefined && noData === undefined) {
    faults.push(fault('operator', 'NO_CONDITION'))
  }
  if (operator !== undefined && sensorType === undefined) {
    faults.push(fault('sensorType', 'NO_SENSOR'))
  }
  return faults
}

function conditionFaults(rule: AlertRuleRequest): FieldFault[] {
  const { operator } = rule
  if (operator === undefined) {
    return (['value', 'low', 'high', 'clear', 'for'] as const)
      .filter((field) => rule[field] !== undefined)
      .map((field) => fault(field, 'NO_OPERATOR'))
  }
  const numbers = (['value', 'low', 'high', 'clear'] as const)
    .filter((field) => rule[field] !== undefined && !Number.isFinite(rule[field]))
    .map((field) => fault(field, 'NO_NUMBER'))
  if (numbers.length > 0) return numbers
  return operator === 'outside' || operator === 'inside'
    ? rangeFaults(operator, rule)
    : valueFaults(operator, rule)
}

function rangeFaults(operator: AlertOperator, { value, low, high, clear }: AlertRuleRequest): FieldFault[] {
  const faults: FieldFault[] = []
  if (value !== undefined) faults.push(fault('value', 'NO_SINGLE_VALUE', { operator }))
  if (low === undefined) faults.push(fault('low', 'LOW_MISSING', { operator }))
  if (high === undefined) faults.push(fault('high', 'HIGH_MISSING', { operator }))
  if (low !== undefined && high !== undefined && low >= high) {
    faults.push(fault('high', 'HIGH_NOT_ABOVE_LOW'))
  }
  if (clear !== undefined) faults.push(fault('clear', 'ORDERED_ONLY'))
  return faults
}

function valueFaults(operator: AlertOperator, { value, low, high, clear }: AlertRuleRequest): FieldFault[] {
  const faults: FieldFault[] = []
  if (value === undefined) faults.push(fault('value', 'VALUE_MISSING', { operator }))
  if (low !== undefined) faults.push(fault('low', 'RANGES_ONLY'))
  if (high !== undefined) faults.push(fault('high', 'RANGES_ONLY'))
  if (clear === undefined) return faults
  if (operator === '=' || operator === '!=') {
    faults.push(fault('clear', 'ORDERED_ONLY'))
  } else if (value !== undefined && (operator === '>' || operator === '>=') && clear > value) {
    faults.push(fault('clear', 'CLEAR_ABOVE_VALUE'))
  } else if (value !== undefined && (operator === '<' || operator === '<=') && clear < value) {
    faults.push(fault('clear', 'CLEAR_BELOW_VALUE'))
  }
  return faults
}

function durationFaults(rule: AlertRuleRequest): FieldFault[] {
  return (['for', 'noData'] as const).flatMap((field) => {
    const text = rule[field]
    if (text === undefined) return []
    const ms = parseDuration(text)
    if (ms === undefined) return [fault(field, 'NO_DURATION')]
    return ms > LONGEST_RULE_DAYS * DAY_MS
      ? [fault(field, 'DURATION_TOO_LONG', { limit: `${LONGEST_RULE_DAYS}d` })]
      : []
  })
}

function messageFaults({ message, operator, sensorType }: AlertRuleRequest): FieldFault[] {
  const named = [...(message ?? '').matchAll(PLACEHOLDER)].map(([, name]) => name as MessagePlaceholder)
  return [...new Set(named)].flatMap((name) => {
    const placeholder = `{${name}}`
    if (!MESSAGE_PLACEHOLDERS.includes(name)) {
      const known = MESSAGE_PLACEHOLDERS.map((one) => `{${one}}`).join(', ')
      return [fault('message', 'UNKNOWN_PLACEHOLDER', { placeholder, known })]
    }
    if (operator === undefined && (name === 'value' || name === 'unit' || name === 'threshold')) {
      return [fault('message', 'SILENCE_HAS_NONE', { placeholder })]
    }
    if (name === 'sensor' && sensorType === undefined) {
      return [fault('message', 'DEVICE_HAS_NO_SENSOR')]
    }
    return []
  })
}
