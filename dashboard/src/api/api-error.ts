import type { ErrorCode, Problem } from '@iot/contracts'

/** Why a request failed: the server's problem+json, or that it could not be reached (`NETWORK`, status 0). */
export interface ApiError {
  status: number
  code: ErrorCode | 'NETWORK' | 'UNREADABLE'
  title: string
  detail?: string
  requestId?: string
  errors?: Problem['errors']
  /** ms until a retry makes sense, where the server said so */
  retryAfterMs?: number
}

export function isApiError(error: unknown): error is ApiError {
  return typeof error === 'object' && error !== null && 'code' in error && 'status' in error
}

/** Reads an error answer. A body that is no problem+json (a proxy's page) still makes an error that says its status. */
export async function readProblem(response: Response): Promise<ApiError> {
  const retryAfterSeconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfterMs = Number.isFinite(retryAfterSeconds) ? retryAfterSeconds * 1_000 : undefined
  try {
    const problem = (await response.json()) as Problem
    if (typeof problem.code !== 'string') throw new TypeError('no code')
    return {
      status: response.status,
      code: problem.code as ErrorCode,
      title: problem.title,
      ...(problem.detail !== undefined && { detail: problem.detail }),
      ...(problem.requestId !== undefined && { requestId: problem.requestId }),
      ...(problem.errors !== undefined && { errors: problem.errors }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    }
  } catch {
    return {
      status: response.status,
      code: 'UNREADABLE',
      title: `${response.status} ${response.statusText}`.trim(),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    }
  }
}

export function networkError(cause: unknown): ApiError {
  return { status: 0, code: 'NETWORK', title: cause instanceof Error ? cause.message : String(cause) }
}
