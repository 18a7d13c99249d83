import type { SerializedError } from '@reduxjs/toolkit'
import type { TFunction } from 'i18next'
import { faultText } from '../i18n/fault-text.js'
import { problemText } from '../i18n/problem-text.js'
import type { ApiError } from './api-error.js'

/** Why a request failed, in one line: what is wrong with which field, or why the server refused, with its request id. */
export function errorText(t: TFunction, error: ApiError | SerializedError): string {
  if (!('status' in error)) return error.message ?? ''
  const fields = error.errors?.map((fault) => `${fault.field}: ${faultText(t, fault)}`).join('; ')
  const said = fields || problemText(t, error)
  return error.requestId === undefined ? said : `${said} (${error.requestId})`
}
