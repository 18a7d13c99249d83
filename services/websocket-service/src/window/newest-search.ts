import { type Body, compareTimestamps, timestampAt } from './body-timestamp.js'
import type { Subject } from './device-track.js'

/** A window by the places of its items. */
export interface Items {
  subjectAt(seq: number): Subject
  bodyAt(seq: number): Body
}

/**
 * Finds the newest of each sensor among items, by device time (of equals the later one). What has been found so far is noted at the subjects, each of
 * which knows by which search: a map from them would be looked into twice for every item.
 */
export class NewestSearch {
  #search = 0

  among(seqs: readonly number[], items: Items): readonly number[] {
    this.#search += 1
    const found: Subject[] = []
    for (const seq of seqs) {
      const subject = items.subjectAt(seq)
      const body = items.bodyAt(seq)
      const at = timestampAt(body, subject.timestampAt)
      if (subject.search !== this.#search) {
        subject.search = this.#search
        found.push(subject)
      } else if (isLater(items.bodyAt(subject.newest), subject.timestampAt, body, at)) continue
      subject.newest = seq
      subject.timestampAt = at
    }
    return found.length === seqs.length ? seqs : found.map(({ newest }) => newest).sort((a, b) => a - b)
  }
}

function isLater(one: Body, oneAt: number, other: Body, otherAt: number): boolean {
  return compareTimestamps(one, oneAt, other, otherAt) > 0
}
