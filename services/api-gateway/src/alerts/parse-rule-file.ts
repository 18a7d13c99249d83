import { AlertRuleRequest, type FieldFault, type FieldFaultCode } from '@iot/contracts'
import { fieldFault, ruleFaults } from '@iot/domain'
import { AppError } from '@iot/runtime'
import { createPartCheck } from '../check-part.js'

export type ParsedRuleFile =
  | { readonly rules: ReadonlyMap<string, AlertRuleRequest> }
  /** `field`: of the rule, with its place where the file holds several */
  | { readonly faults: readonly FieldFault[] }

/** Rules in one file at most. */
const MAX_RULES = 1_000
const MAX_FAULTS = 50
/** What is left of an id of 64 characters beside `file:` and `:1000`. */
const NAME = /^[A-Za-z0-9_.-]{1,50}$/

const check = createPartCheck(AlertRuleRequest, 'body')

/** The id that a rule of a file has: its name, and its place where the file is a list. */
function ruleIdOf(name: string, place?: number): string {
  return place === undefined ? `file:${name}` : `file:${name}:${place}`
}

/** Whether a rule's id is one that a file of this name gives. */
export function isIdOf(name: string, id: string): boolean {
  const rest = id.startsWith(ruleIdOf(name)) ? id.slice(ruleIdOf(name).length) : undefined
  return rest !== undefined && /^(:[0-9]+)?$/.test(rest)
}

/** Reads one rule or a list of them; all that is wrong is said at once. */
export function parseRuleFile(name: string, text: string): ParsedRuleFile {
  if (!NAME.test(name)) {
    return faulty('FILE_NAME')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return faulty('NO_JSON', { reason: (error as Error).message })
  }
  if (!Array.isArray(value)) return collect([{ id: ruleIdOf(name), given: value, at: '' }])
  if (value.length > MAX_RULES) return faulty('TOO_MANY_RULES', { limit: String(MAX_RULES) })
  return collect(value.map((given, n) => ({ id: ruleIdOf(name, n + 1), given, at: `${n + 1}.` })))
}

function collect(entries: readonly { id: string; given: unknown; at: string }[]): ParsedRuleFile {
  const rules = new Map<string, AlertRuleRequest>()
  const faults: FieldFault[] = []
  for (const { id, given, at } of entries) {
    for (const fault of faultsOf(given)) faults.push({ ...fault, field: at + fault.field })
    rules.set(id, given as AlertRuleRequest)
  }
  return faults.length > 0 ? { faults: faults.slice(0, MAX_FAULTS) } : { rules }
}

function faultsOf(given: unknown): readonly FieldFault[] {
  if (typeof given !== 'object' || given === null) return [fieldFault('rule', 'NO_OBJECT')]
  try {
    check(given)
  } catch (error) {
    if (error instanceof AppError && error.errors) return error.errors
    throw error
  }
  return ruleFaults(given as AlertRuleRequest)
}

function faulty(code: FieldFaultCode, params?: Readonly<Record<string, string>>): ParsedRuleFile {
  return { faults: [fieldFault('file', code, params)] }
}
