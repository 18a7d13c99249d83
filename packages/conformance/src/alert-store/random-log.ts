import type { AlertTransition, AlertTransitionRecord } from '@iot/contracts'
import { iso, NOON_MS, opened, then } from './fixtures.js'

/** xorshift: the same numbers in [0, 1) for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 4_294_967_296
  }
}

/**
 * What two writers, who both believe that they alone decide, append to one log: openings of few slots, transitions of
 * any alert that was ever tried, and repeats.
 */
export function randomLog(
  seed: number,
  transitions: readonly AlertTransition[] = ['acknowledged', 'closed'],
): { records: AlertTransitionRecord[]; random: () => number } {
  const random = randomFrom(seed)
  const pick = <One>(list: readonly One[]): One => list[Math.floor(random() * list.length)]!
  const records: AlertTransitionRecord[] = []
  const newest = new Map<string, AlertTransitionRecord>()
  for (let at = 0; at < 400; at++) {
    const deviceId = pick(['d1', 'd2'])
    const ruleId = pick(['r1', 'r2'])
    const slot = `${deviceId} ${ruleId}`
    const last = newest.get(slot)
    const timestamp = iso(NOON_MS + at * 1_000)
    const chance = random()
    if (!last || (last.transition === 'closed' && chance < 0.7) || chance < 0.1) {
      const episode = last ? last.alert.episode + (random() < 0.9 ? 1 : 0) : 1
      const alertId = `n${at}`
      const opening = opened({ alertId, deviceId, ruleId, episode, timestamp, openedAt: timestamp })
      records.push(opening)
      if (last === undefined || last.transition === 'closed') newest.set(slot, opening)
      continue
    }
    const before = random() < 0.9 ? last : pick(records)
    const next = then(before, pick(transitions), { by: pick(['ada', 'bob']) })
    records.push(next)
    if (before === last && last.transition !== 'closed') newest.set(slot, next)
    if (random() < 0.1) records.push(pick(records))
  }
  return { records, random }
}
