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

/** Compares the timestamps of two encoded bodies as `timestampOf` reads them: below 0 where the other is later. */
export function compareTimestamps(one: Body, other: Body): number {
  const from = timestampAt(one)
  const otherFrom = timestampAt(other)
  const to = Math.min(one.end, from + TIMESTAMP_LENGTH)
  const otherTo = Math.min(other.end, otherFrom + TIMESTAMP_LENGTH)
  for (let at = from, otherAt = otherFrom; at < to && otherAt < otherTo; at++, otherAt++) {
    const difference = one.text[at]! - other.text[otherAt]!
    if (difference !== 0) return difference
  }
  return to - from - (otherTo - otherFrom)
}

/** Its end where there is none. */
function timestampAt({ text, start, end }: Body): number {
  const at = text.indexOf(MARK_BYTES, start)
  return at < 0 || at >= end ? end : at + MARK_BYTES.length
}
