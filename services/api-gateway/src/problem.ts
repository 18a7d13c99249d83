import { ERROR_CODES, type ErrorCode, type FieldFault, type Problem } from '@iot/contracts'
import { RangeTooLarge, StoreRefused } from '@iot/ports'
import { AppError } from '@iot/runtime'

/** What a client is told of an error, and when a retry makes sense. */
export interface ToldProblem {
  readonly code: ErrorCode
  readonly status: number
  readonly detail?: string
  readonly errors?: readonly FieldFault[]
  readonly retryAfterMs?: number
}

/** How long to wait before asking again for what a dependency can't give now. */
const UNAVAILABLE_RETRY_MS = 5_000

/** Codes of the HTTP framework's own errors, and what they are to our clients. */
const FRAMEWORK_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_NOT_FOUND: 'NOT_FOUND',
  FST_ERR_MAX_PARAM_LENGTH: 'NOT_FOUND',
}

/**
 * Turns any error into what a client is told. Words of our own errors go out; of others only their kind,
 * because a stack or a driver's message is nobody's business outside.
 */
export function explain(error: unknown): ToldProblem {
  if (error instanceof AppError) {
    const { code, message, errors, retryAfterMs } = error
    return tell(code, message, {
      ...(errors && { errors }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
  }
  if (error instanceof StoreRefused) {
    return tell('VALIDATION_FAILED', 'A text holds what can’t be stored, like a zero byte.')
  }
  if (error instanceof RangeTooLarge) return tell('RANGE_TOO_LARGE', error.message)
  const { code, statusCode, retriable } = error as { code?: string; statusCode?: number; retriable?: boolean }
  if (retriable === true) {
    return tell('UNAVAILABLE', 'A part that this needs does not answer at the moment.', {
      retryAfterMs: UNAVAILABLE_RETRY_MS,
    })
  }
  const known = code === undefined ? undefined : FRAMEWORK_CODES[code]
  if (known) return tell(known)
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return tell('BAD_REQUEST', (error as Error).message)
  }
  return tell('INTERNAL', 'The log has the reason under the request id.')
}

function tell(code: ErrorCode, detail?: string, more: Partial<ToldProblem> = {}): ToldProblem {
  return { code, status: ERROR_CODES[code].status, ...(detail !== undefined && { detail }), ...more }
}

/** The body of RFC 9457. */
export function presentProblem(told: ToldProblem, requestId: string): Problem {
  return {
    type: `urn:iot-monitoring:error:${told.code}`,
    title: ERROR_CODES[told.code].title,
    status: told.status,
    ...(told.detail !== undefined && { detail: told.detail }),
    code: told.code,
    requestId,
    ...(told.errors && { errors: [...told.errors] }),
  }
}
