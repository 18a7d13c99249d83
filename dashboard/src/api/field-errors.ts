import type { SerializedError } from '@reduxjs/toolkit'
import { type ApiError, isApiError } from './api-error.js'

/** What the server says of each field, for the form that has it; `sites.3` is said of `sites` too. */
export function fieldErrors(error: ApiError | SerializedError | undefined): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {}
  if (!isApiError(error)) return texts
  for (const { field, message } of error.errors ?? []) {
    texts[field] ??= message
    texts[field.split('.')[0]!] ??= message
  }
  return texts
}
