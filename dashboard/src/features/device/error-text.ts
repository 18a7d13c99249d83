import type { SerializedError } from '@reduxjs/toolkit'
import type { ApiError } from '../../api/api-error.js'

/** Why a request failed, in one line: what is wrong with which field, or what the server said, with its request id. */
export function errorText(error: ApiError | SerializedError): string {
  if (!('status' in error)) return error.message ?? ''
  const fields = error.errors?.map(({ field, message }) => `${field} ${message}`).join('; ')
  const said = fields || (error.detail ?? error.title)
  return error.requestId === undefined ? said : `${said} (${error.requestId})`
}
