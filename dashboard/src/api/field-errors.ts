import type { SerializedError } from '@reduxjs/toolkit'
import { type ApiError, isApiError } from './api-error.js'

/** What the server says of each field, for the form that has it. */
export function fieldErrors(error: ApiError | SerializedError | undefined): Readonly<Record<string, string>> {
  if (!isApiError(error)) return {}
  return Object.fromEntries(error.errors?.map(({ field, message }) => [field, message]) ?? [])
}
