import { type BaseQueryFn, createApi } from '@reduxjs/toolkit/query/react'
import type { AppDeps } from '../store.js'
import type { ApiError } from './api-error.js'
import type { ApiRequest } from './transport.js'

const baseQuery: BaseQueryFn<ApiRequest | string, unknown, ApiError> = async (args, { extra, signal }) => {
  const request = typeof args === 'string' ? { path: args } : args
  const { transport } = extra as AppDeps
  const result = await transport.request({ ...request, signal })
  return result.error === undefined ? { data: result.data } : { error: result.error }
}

/** What answers are about, so that a change has the right ones asked again. */
export const TAGS = [
  'Device',
  'Credential',
  'DeadLetter',
  'System',
  'Notification',
  'User',
  'Connection',
  'Activity',
  'Alert',
  'AlertList',
  'AlertRule',
  'MaintenanceWindow',
  'Channel',
  'Delivery',
  'Audit',
] as const

/**
 * The REST API as RTK Query sees it. Features add their own endpoints with `api.injectEndpoints`; a query is an
 * `ApiRequest` (or its path alone), an error is an `ApiError`.
 */
export const api = createApi({
  reducerPath: 'api',
  baseQuery,
  tagTypes: TAGS,
  endpoints: () => ({}),
})
