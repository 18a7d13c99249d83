import type { AlertRuleRequest, MaintenanceWindowRequest, WeeklySchedule } from '@iot/contracts'
import { MESSAGE_PLACEHOLDERS, type MessagePlaceholder, PLACEHOLDER } from './alert-message.js'
import { parseDuration } from './parse-duration.js'
import { timeZoneOf } from './time-zone.js'

const DAY_MS = 86_400_000
const LONGEST_RULE_DAYS = 30
/** What is forgotten must not keep alerts away for ever. */
const LONGEST_WINDOW_DAYS = 366

/** What is wrong with one field, in words for whoever filled it in. */
export interface FieldFault {
  readonly field: string
  readonly message: string
}

/** All that is wrong with a rule that fits its schema; none: it can be compiled. */
export function ruleFaults(rule: AlertRuleRequest): FieldFault[] {
  return [
    ...nameFaults(rule),
    ...subjectFaults(rule),
    ...conditionFaults(rule),
    ...durationFaults(rule),
    ...messageFaults(rule),
    ...(rule.schedule ? scheduleFaults(rule.schedule) : []),
  ]
}

/** All that is wrong with a maintenance window; with `nowMs` also that it is over. */
export function windowFaults(window: MaintenanceWindowRequest, nowMs?: number): FieldFault[] {
  const faults: FieldFault[] = []
  const { deviceId, site } = window
  if (deviceId !== undefined && site !== undefined) {
    faults.push(fault('site', 'a window is about a device or about a site: leave one of them out'))
  }
  if (deviceId === undefined && site === undefined) {
    faults.push(fault('deviceId', 'say which device, or which site, is under maintenance'))
  }
  const fromMs = Date.parse(window.from)
  const toMs = Date.parse(window.to)
  if (Number.isNaN(fromMs)) faults.push(fault('from', 'there is no such time'))
  if (Number.isNaN(toMs)) faults.push(fault('to', 'there is no such time'))
  if (toMs <= fromMs) faults.push(fault('to', 'it must end after it begins'))
  else if (nowMs !== undefined && toMs <= nowMs) faults.push(fault('to', 'it would be over already'))
  if (toMs - fromMs > LONGEST_WINDOW_DAYS * DAY_MS) {
    faults.push(fault('to', `a window lasts at most ${LONGEST_WINDOW_DAYS} days`))
  }
  return faults
}

function nameFaults({ name }: AlertRuleRequest): FieldFault[] {
  return name.trim() === '' ? [fault('name', 'it needs a name to be known by')] : []
}

function subjectFaults({ deviceId, site, sensorType, operator, noData }: AlertRuleRequest): FieldFault[] {
  const faults: FieldFault[] = []
  if (deviceId !== undefined && site !== undefined) {
    faults.push(fault('site', 'a rule is about a device, a site or everything: leave deviceId or site out'))
  }
  if (operator === undefined && noData === undefined) {
    faults.push(fault('operator', 'say when it opens: an operator with its limits, noData, or both'))
  }
  if (operator !== undefined && sensorType === undefined) {
    faults.push(fault('sensorType', 'say which sensor’s values are compared'))
  }
  return faults
}

function conditionFaults(rule: AlertRuleRequest): FieldFault[] {
  const { operator } = rule
  if (operator === undefined) {
    return (['value', 'low', 'high', 'clear', 'for'] as const)
      .filter((field) => rule[field] !== undefined)
      .map((field) =>
        fault(field, 'it says nothing without an operator: leave it out, or choose an operator'),
      )
  }
  const numbers = (['value', 'low', 'high', 'clear'] as const)
    .filter((field) => rule[field] !== undefined && !Number.isFinite(rule[field]))
    .map((field) => fault(field, 'it must be a number that a sensor can have'))
  if (numbers.length > 0) return numbers
  return operator === 'outside' || operator === 'inside' ? rangeFaults(rule) : valueFaults(rule)
}

function rangeFaults({ operator, value, low, high, clear }: AlertRuleRequest): FieldFault[] {
  const faults: FieldFault[] = []
  if (value !== undefined) faults.push(fault('value', `“${operator}” has low and high in its place`))
  if (low === undefined) faults.push(fault('low', `“${operator}” needs its lower limit`))
  if (high === undefined) faults.push(fault('high', `“${operator}” needs its upper limit`))
  if (low !== undefined && high !== undefined && low >= high) {
    faults.push(fault('high', 'it must be above low'))
  }
  if (clear !== undefined) faults.push(fault('clear', 'it goes with >, >=, < and <= only'))
  return faults
}

function valueFaults({ operator, value, low, high, clear }: AlertRuleRequest): FieldFault[] {
  const faults: FieldFault[] = []
  if (value === undefined) faults.push(fault('value', `“${operator}” needs the value to compare with`))
  if (low !== undefined) faults.push(fault('low', 'it goes with outside and inside only'))
  if (high !== undefined) faults.push(fault('high', 'it goes with outside and inside only'))
  if (clear === undefined) return faults
  if (operator === '=' || operator === '!=') {
    faults.push(fault('clear', 'it goes with >, >=, < and <= only'))
  } else if (value !== undefined && (operator === '>' || operator === '>=') && clear > value) {
    faults.push(fault('clear', 'an alert about what is too high closes at or below value, not above it'))
  } else if (value !== undefined && (operator === '<' || operator === '<=') && clear < value) {
    faults.push(fault('clear', 'an alert about what is too low closes at or above value, not below it'))
  }
  return faults
}

function durationFaults(rule: AlertRuleRequest): FieldFault[] {
  return (['for', 'noData'] as const).flatMap((field) => {
    const text = rule[field]
    if (text === undefined) return []
    const ms = parseDuration(text)
    if (ms === undefined) return [fault(field, 'write a duration such as 90s, 5m, 2h or 1d')]
    return ms > LONGEST_RULE_DAYS * DAY_MS ? [fault(field, `at most ${LONGEST_RULE_DAYS}d`)] : []
  })
}

function messageFaults({ message, operator, sensorType }: AlertRuleRequest): FieldFault[] {
  const named = [...(message ?? '').matchAll(PLACEHOLDER)].map(([, name]) => name as MessagePlaceholder)
  return [...new Set(named)].flatMap((name) => {
    if (!MESSAGE_PLACEHOLDERS.includes(name)) {
      const known = MESSAGE_PLACEHOLDERS.map((one) => `{${one}}`).join(', ')
      return [fault('message', `{${name}} is not known; there are ${known}`)]
    }
    if (operator === undefined && (name === 'value' || name === 'unit' || name === 'threshold')) {
      return [fault('message', `a rule about silence has no {${name}}`)]
    }
    if (name === 'sensor' && sensorType === undefined) {
      return [fault('message', 'a rule about a device as a whole has no {sensor}')]
    }
    return []
  })
}

function scheduleFaults({ from, to, timeZone }: WeeklySchedule): FieldFault[] {
  const faults: FieldFault[] = []
  if (from === to && from !== '00:00') {
    faults.push(fault('schedule.to', 'it is the same as from: for whole days write 00:00 for both'))
  }
  if (!timeZoneOf(timeZone)) {
    faults.push(
      fault('schedule.timeZone', `“${timeZone}” is no time zone; write one such as Asia/Ho_Chi_Minh`),
    )
  }
  return faults
}

function fault(field: string, message: string): FieldFault {
  return { field, message }
}
