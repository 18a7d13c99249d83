import { parseTime } from '@iot/domain'
import type { AppError } from '@iot/runtime'
import { invalidFields } from './invalid-fields.js'

/** The last time that our texts can say. */
export const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')

/** A field of a request that is wrong, as a client is told of it. */
export function invalid(field: string, message: string): AppError {
  return invalidFields([{ field, message }])
}

/** A time that a person wrote; undefined where there is none. */
export function readTime(field: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = parseTime(text)
  if (ms === undefined || ms < 0 || ms > LAST_MS) {
    throw invalid(field, 'is no time: write it like 2026-01-31T12:00:00Z')
  }
  return ms
}

/** `from` and `to` of a list, each of which may be left out. */
export function readSpan(query: { from?: string; to?: string }): { fromMs?: number; toMs?: number } {
  const fromMs = readTime('from', query.from)
  const toMs = readTime('to', query.to)
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) throw invalid('from', 'must be before to')
  return { ...(fromMs !== undefined && { fromMs }), ...(toMs !== undefined && { toMs }) }
}
