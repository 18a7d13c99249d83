import type { AlertRuleRequest } from '@iot/contracts'
import { newCondition } from './rule-condition.js'
import { CLOSES, type CompiledRule, OPENS, type Verdict } from './rule-machine.js'

/** As many as an answer holds; the rest is counted. */
const MAX_EPISODES = 1_000

/** A span in which the rule would have been open; without an end: it still was. */
export interface Episode {
  readonly openedAtMs: number
  readonly closedAtMs?: number
}

/** What a rule would have done with the stored readings of one sensor. */
export interface Preview {
  /** In order of their time. Each is taken to have come when it was taken: what came late would have been judged. */
  reading(atMs: number, value: number): void
  /** No more readings until `toMs`. Oldest first, `maxEpisodes` at most; `count` is of all. */
  end(toMs: number): { readonly count: number; readonly episodes: readonly Episode[] }
}

/**
 * Shows readings of one device and sensor to the rule as `live` would, with the time between them. Schedules count;
 * maintenance windows don’t: they are not the rule’s. A rule about a device as a whole is shown all of its readings;
 * `silentFromMs` is when silence begins to count where nothing comes at all.
 */
export function createPreview(
  rule: CompiledRule<AlertRuleRequest>,
  options: { silentFromMs?: number; maxEpisodes?: number } = {},
): Preview {
  const { silentFromMs, maxEpisodes = MAX_EPISODES } = options
  const condition = newCondition()
  const episodes: { openedAtMs: number; closedAtMs?: number }[] = []
  let count = 0
  if (silentFromMs !== undefined) rule.arrive(condition, silentFromMs)

  function note(verdict: Verdict, atMs: number): void {
    if (verdict === OPENS) {
      count++
      if (episodes.length < maxEpisodes) episodes.push({ openedAtMs: atMs })
    } else if (verdict === CLOSES && count === episodes.length) {
      const last = episodes.at(-1)
      if (last) last.closedAtMs = atMs
    }
  }

  /** Ends: a tick leaves nothing due before it, and what it sees again later is hours or minutes away. */
  function passTime(beforeMs: number): void {
    for (let dueMs = rule.dueMs(condition); dueMs < beforeMs; dueMs = rule.dueMs(condition)) {
      note(rule.tick(condition, dueMs, false), dueMs)
    }
  }

  return {
    reading(atMs, value) {
      // What comes just in time is in time.
      passTime(atMs)
      note(rule.judge(condition, value, atMs, atMs, false), atMs)
    },
    end(toMs) {
      passTime(toMs + 1)
      return { count, episodes }
    },
  }
}
