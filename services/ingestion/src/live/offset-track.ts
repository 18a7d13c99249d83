/** How far apart the marks are, ms. */
const MARK_EVERY_MS = 5_000
/** Readings that were not shown and may be remembered at once; beyond, the past before them is given up. */
const HIDDEN_LIMIT = 20_000

interface Mark {
  readonly atMs: number
  readonly offset: number
}

/**
 * How far a partition of one topic has been worked in, and what is needed to show its recent past again as it
 * was shown the first time: where it was at which time, and which readings were repeats. Bounded by the span
 * and by `HIDDEN_LIMIT`.
 */
export class OffsetTrack {
  readonly #spanMs: number
  #marks: Mark[]
  #hidden: (readonly [offset: number, index: number])[]
  /** the next offset that is not worked in */
  next: number

  constructor(spanMs: number, kept?: KeptTrack) {
    this.#spanMs = spanMs
    this.next = kept?.next ?? 0
    this.#marks = kept ? [...kept.marks] : []
    this.#hidden = kept ? [...kept.hidden] : []
  }

  /** A record is about to be worked in; `timestampMs` is when it was appended. */
  enter(offset: number, timestampMs: number): void {
    this.next = offset + 1
    const newest = this.#marks.at(-1)
    if (newest && timestampMs < newest.atMs + MARK_EVERY_MS) return
    this.#marks.push({ atMs: timestampMs, offset })
    let old = 0
    while (old + 1 < this.#marks.length && this.#marks[old + 1]!.atMs <= timestampMs - this.#spanMs) old += 1
    if (old > 0) this.#beginAt(old)
  }

  /** A part of a record is not shown. */
  hide(offset: number, index: number): void {
    if (this.#marks.length === 0) return
    if (this.#hidden.length >= HIDDEN_LIMIT) {
      // The past before this record can't be told any more from what was shown of it.
      this.#marks = [{ atMs: this.#marks.at(-1)!.atMs, offset: offset + 1 }]
      this.#hidden = []
    }
    this.#hidden.push([offset, index])
  }

  /** The offset from which the records of the last span, as of `nowMs`, can be shown again. */
  since(nowMs: number): number {
    let from = this.#marks[0]?.offset ?? this.next
    for (const mark of this.#marks) if (mark.atMs <= nowMs - this.#spanMs) from = mark.offset
    return from
  }

  /** Which parts of which records were not shown, as `offset:index`. */
  hidden(): ReadonlySet<string> {
    return new Set(this.#hidden.map(([offset, index]) => hiddenKey(offset, index)))
  }

  keep(): KeptTrack {
    return { next: this.next, marks: this.#marks, hidden: this.#hidden }
  }

  #beginAt(mark: number): void {
    this.#marks = this.#marks.slice(mark)
    const from = this.#marks[0]!.offset
    this.#hidden = this.#hidden.filter(([offset]) => offset >= from)
  }
}

export interface KeptTrack {
  readonly next: number
  readonly marks: readonly Mark[]
  readonly hidden: readonly (readonly [offset: number, index: number])[]
}

export function hiddenKey(offset: number, index: number): string {
  return `${offset}:${index}`
}
