import { parseDuration } from '@iot/domain'
import { toTimestamp } from '../present/to-timestamp.js'
import { invalid } from '../read-range.js'

/** What is put aside for longer is better resolved, or its rule changed. */
const LONGEST_MS = 30 * 86_400_000

export function shelvedUntil(duration: string, nowMs: number): string {
  const ms = parseDuration(duration)
  if (ms === undefined || ms > LONGEST_MS) throw invalid('for', 'is 30d at most')
  return toTimestamp(nowMs + ms)
}
