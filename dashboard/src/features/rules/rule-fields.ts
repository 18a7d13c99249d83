import type { SerializedError } from '@reduxjs/toolkit'
import { useTranslation } from 'react-i18next'
import type { ApiError } from '../../api/api-error.js'
import { fieldErrors } from '../../api/field-errors.js'
import { faultText } from '../../i18n/fault-text.js'
import { draftFaults, type RuleDraft, ruleFaultsByField } from './rule-draft.js'
import type { ScopeFacts } from './scope-facts.js'

/** What each part of the editor gets. */
export interface RuleFieldsProps {
  readonly draft: RuleDraft
  readonly facts: ScopeFacts
  readonly errors: RuleErrors
  readonly onChange: (change: Partial<RuleDraft>) => void
}

export type RuleErrors = Readonly<Record<string, string | undefined>>

export interface RuleVerdict {
  readonly errors: RuleErrors
  /** nothing is known to be wrong: it can be sent */
  readonly sendable: boolean
  /** the same but for the name, which a preview does not need */
  readonly previewable: boolean
}

/** Said only once somebody has tried to save: an empty field is not wrong while one is still filling it in. */
const WAITS_FOR_SAVE = new Set(['name', 'operator', 'sensorType', 'deviceId', 'site'])

/** What is wrong at which field: not readable, not fitting (by the domain), or refused by the server. */
export function useRuleVerdict(
  draft: RuleDraft,
  tried: boolean,
  error: ApiError | SerializedError | undefined,
): RuleVerdict {
  const { t } = useTranslation()
  const unreadable = draftFaults(draft)
  const unfit = ruleFaultsByField(draft)
  const errors: Record<string, string | undefined> = { ...fieldErrors(error, t) }
  for (const [field, fault] of Object.entries(unfit)) {
    if (tried || !WAITS_FOR_SAVE.has(field)) errors[field] = faultText(t, fault)
  }
  for (const [field, fault] of Object.entries(unreadable)) {
    errors[field] = tried || fault !== 'needed' ? t(`rules.faults.${fault}`) : undefined
  }
  const wrong = [...Object.keys(unfit), ...Object.keys(unreadable)]
  return { errors, sendable: wrong.length === 0, previewable: wrong.every((field) => field === 'name') }
}
