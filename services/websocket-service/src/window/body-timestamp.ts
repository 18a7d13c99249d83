const MARK = '"timestamp":"'
const MARK_BYTES = Buffer.from(MARK)
const TIMESTAMP_LENGTH = 24

/**
 * The timestamp of an encoded body, without parsing it. The key with its quotes can't occur inside a value:
 * there a quote is escaped. Empty where there is none.
 */
export function timestampOf(json: string): string {
  const at = json.indexOf(MARK)
  return at < 0 ? '' : json.slice(at + MARK.length, at + MARK.length + TIMESTAMP_LENGTH)
}

/** An encoded body where it lies. */
export interface Body {
  readonly text: Buffer
  readonly start: number
  readonly end: number
}

/**
 * Where the timestamp that `timestampOf` reads begins, counted from where the body does; its end where there is none.
 * Bodies of one sensor mostly have it at the same place: it is looked for where the last one had it.
 */
export function timestampAt({ text, start, end }: Body, guess: number): number {
  const from = start + guess - MARK_BYTES.length
  if (from >= start && start + guess <= end && isMark(text, from)) return guess
  const at = text.indexOf(MARK_BYTES, start)
  return (at < 0 || at >= end ? end : at + MARK_BYTES.length) - start
}

/** Compares timestamps of bodies, which begin where `timestampAt` has found them: below 0 where the other is later. */
export function compareTimestamps(one: Body, oneAt: number, other: Body, otherAt: number): number {
  const from = one.start + oneAt
  const otherFrom = other.start + otherAt
  const to = Math.min(one.end, from + TIMESTAMP_LENGTH)
  const otherTo = Math.min(other.end, otherFrom + TIMESTAMP_LENGTH)
  for (let at = from, there = otherFrom; at < to && there < otherTo; at++, there++) {
    const difference = one.text[at]! - other.text[there]!
    if (difference !== 0) return difference
  }
  return to - from - (otherTo - otherFrom)
}

function isMark(text: Buffer, from: number): boolean {
  for (let at = 0; at < MARK_BYTES.length; at++) if (text[from + at] !== MARK_BYTES[at]) return false
  return true
}
