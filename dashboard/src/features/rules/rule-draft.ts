import {
  ALERT_OPERATORS,
  type AlertOperator,
  type AlertRule,
  type AlertRulePatch,
  type AlertRuleRequest,
  type FieldFault,
  WEEKDAYS,
  type Weekday,
} from '@iot/contracts'
import { parseDuration, ruleFaults } from '@iot/domain'

/** What stands in the editor's fields: numbers and durations as they were typed. */
export interface RuleDraft {
  readonly name: string
  readonly scope: 'all' | 'site' | 'device'
  readonly site: string
  readonly deviceId: string
  readonly sensorType: string
  /** empty: silence alone */
  readonly operator: AlertOperator | ''
  readonly value: string
  readonly low: string
  readonly high: string
  readonly clear: string
  /** durations: `5m`, or empty */
  readonly for: string
  readonly noData: string
  readonly severity: AlertRule['severity']
  readonly message: string
  readonly scheduled: boolean
  readonly days: readonly Weekday[]
  readonly from: string
  readonly to: string
  readonly timeZone: string
  readonly enabled: boolean
}

export type DraftFault = 'number' | 'needed' | 'duration'
export type DraftFaults = Readonly<Partial<Record<keyof RuleDraft, DraftFault>>>

const WORKDAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri']

export const isRange = (operator: string): boolean => operator === 'outside' || operator === 'inside'
/** Where a value other than the limit can close an alert. */
export const isOrdered = (operator: string): boolean => ['>', '>=', '<', '<='].includes(operator)

export interface DraftAbout {
  readonly deviceId?: string | undefined
  readonly site?: string | undefined
  readonly sensorType?: string | undefined
  readonly timeZone: string
}

export function emptyDraft(about: DraftAbout): RuleDraft {
  return {
    name: '',
    scope: about.deviceId !== undefined ? 'device' : about.site !== undefined ? 'site' : 'all',
    site: about.site ?? '',
    deviceId: about.deviceId ?? '',
    sensorType: about.sensorType ?? '',
    operator: '>',
    value: '',
    low: '',
    high: '',
    clear: '',
    for: '',
    noData: '',
    severity: 'warning',
    message: '',
    scheduled: false,
    days: WORKDAYS,
    from: '08:00',
    to: '18:00',
    timeZone: about.timeZone,
    enabled: true,
  }
}

export function draftOf(rule: AlertRule, timeZone: string): RuleDraft {
  const text = (value: number | undefined) => (value === undefined ? '' : String(value))
  const { schedule } = rule
  return {
    ...emptyDraft({ timeZone }),
    name: rule.name,
    scope: rule.deviceId !== undefined ? 'device' : rule.site !== undefined ? 'site' : 'all',
    site: rule.site ?? '',
    deviceId: rule.deviceId ?? '',
    sensorType: rule.sensorType ?? '',
    operator: rule.operator ?? '',
    value: text(rule.value),
    low: text(rule.low),
    high: text(rule.high),
    clear: text(rule.clear),
    for: rule.for ?? '',
    noData: rule.noData ?? '',
    severity: rule.severity,
    message: rule.message ?? '',
    ...(schedule !== undefined && { scheduled: true, ...schedule }),
    enabled: rule.enabled,
  }
}

/** The rule that the fields say. A number that can't be read is left out, and named in `draftFaults`. */
export function ruleOf(draft: RuleDraft): AlertRuleRequest {
  const { operator, scope } = draft
  const judged = operator !== ''
  return {
    name: draft.name.trim(),
    ...(scope === 'device' && { deviceId: draft.deviceId.trim() }),
    ...(scope === 'site' && { site: draft.site.trim() }),
    ...(draft.sensorType.trim() !== '' && { sensorType: draft.sensorType.trim() }),
    ...(judged && { operator }),
    ...numbersOf(draft),
    ...(judged && draft.for !== '' && { for: draft.for }),
    ...(draft.noData !== '' && { noData: draft.noData }),
    severity: draft.severity,
    ...(draft.message.trim() !== '' && { message: draft.message.trim() }),
    ...(draft.scheduled && {
      schedule: {
        days: WEEKDAYS.filter((day) => draft.days.includes(day)),
        from: draft.from,
        to: draft.to,
        timeZone: draft.timeZone.trim(),
      },
    }),
    enabled: draft.enabled,
  }
}

function numbersOf(draft: RuleDraft): Partial<Record<NumberField, number>> {
  const numbers: Partial<Record<NumberField, number>> = {}
  for (const field of numberFields(draft)) {
    const number = numberOf(draft[field])
    if (number !== undefined) numbers[field] = number
  }
  return numbers
}

type NumberField = 'value' | 'low' | 'high' | 'clear'

function numberFields({ operator }: RuleDraft): readonly NumberField[] {
  if (operator === '') return []
  if (isRange(operator)) return ['low', 'high']
  return isOrdered(operator) ? ['value', 'clear'] : ['value']
}

/** What can't be read or is missing, by field. Whether the fields go together the domain says. */
export function draftFaults(draft: RuleDraft): DraftFaults {
  const faults: Partial<Record<keyof RuleDraft, DraftFault>> = {}
  const needed = (field: 'name' | 'site' | 'deviceId' | 'sensorType' | 'timeZone') => {
    if (draft[field].trim() === '') faults[field] = 'needed'
  }
  needed('name')
  if (draft.scope === 'site') needed('site')
  if (draft.scope === 'device') needed('deviceId')
  if (draft.operator !== '') needed('sensorType')
  for (const field of numberFields(draft)) {
    if (draft[field].trim() === '') {
      if (field !== 'clear') faults[field] = 'needed'
    } else if (numberOf(draft[field]) === undefined) faults[field] = 'number'
  }
  for (const field of ['for', 'noData'] as const) {
    if (draft[field] !== '' && parseDuration(draft[field]) === undefined) faults[field] = 'duration'
  }
  if (draft.operator === '' && draft.noData === '') faults.noData = 'needed'
  if (draft.scheduled) {
    needed('timeZone')
    if (draft.days.length === 0) faults.days = 'needed'
    for (const field of ['from', 'to'] as const) if (draft[field] === '') faults[field] = 'needed'
  }
  return faults
}

/** What the domain finds wrong with the rule that the fields say, by field (`schedule.to`). */
export function ruleFaultsByField(draft: RuleDraft): Readonly<Record<string, FieldFault>> {
  const faults: Record<string, FieldFault> = {}
  for (const fault of ruleFaults(ruleOf(draft))) faults[fault.field] ??= fault
  return faults
}

/** A comma is a decimal point too, as people of many countries type it. */
function numberOf(text: string): number | undefined {
  const trimmed = text.trim().replace(',', '.')
  const number = Number(trimmed)
  return trimmed === '' || !Number.isFinite(number) ? undefined : number
}

const REMOVABLE = [
  'deviceId',
  'site',
  'sensorType',
  'operator',
  'value',
  'low',
  'high',
  'clear',
  'for',
  'noData',
  'message',
  'schedule',
] as const satisfies readonly (keyof AlertRuleRequest)[]

/** All the fields, and null for those that the rule no longer has; refused where somebody else changed it meanwhile. */
export function patchOf(rule: AlertRuleRequest, revision: number): AlertRulePatch {
  const gone = REMOVABLE.filter((field) => rule[field] === undefined).map((field) => [field, null] as const)
  return { ...Object.fromEntries(gone), ...rule, revision }
}

export function operatorOf(text: string): AlertOperator | '' {
  return ALERT_OPERATORS.find((operator) => operator === text) ?? ''
}
