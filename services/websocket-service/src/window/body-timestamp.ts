const MARK = '"timestamp":"'
const MARK_BYTES = Buffer.from(MARK)
const TIMESTAMP_LENGTH = 24
/** A value has so many digits more or fewer than the one before, mostly. */
const NEAR_BYTES = 16

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
 * Bodies of one sensor have it at about the same place: it is looked for around where the last one had it, since a search
 * of the text costs more than all else that is done with a body.
 */
export function timestampAt(body: Body, guess: number): number {
  for (let off = 0; off <= NEAR_BYTES; off++) {
    if (hasMarkBefore(body, guess + off)) return guess + off
    if (hasMarkBefore(body, guess - off)) return guess - off
  }
  const { text, start, end } = body
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

function hasMarkBefore({ text, start, end }: Body, at: number): boolean {
  const from = start + at - MARK_BYTES.length
  if (from < start || start + at > end) return false
  for (let n = 0; n < MARK_BYTES.length; n++) if (text[from + n] !== MARK_BYTES[n]) return false
  return true
}
