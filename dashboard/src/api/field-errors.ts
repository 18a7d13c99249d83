import type { SerializedError } from '@reduxjs/toolkit'
import type { TFunction } from 'i18next'
import { faultText } from '../i18n/fault-text.js'
import { type ApiError, isApiError } from './api-error.js'

/** What the server says of each field, for the form that has it; `sites.3` is said of `sites` too. */
export function fieldErrors(
  error: ApiError | SerializedError | undefined,
  t: TFunction,
): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {}
  if (!isApiError(error)) return texts
  for (const fault of error.errors ?? []) {
    const text = faultText(t, fault)
    texts[fault.field] ??= text
    texts[fault.field.split('.')[0]!] ??= text
  }
  return texts
}
