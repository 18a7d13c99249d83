/** Given-up places at the front before the list is cut. */
const SLACK = 64

/** Growing numbers, first in, first out. */
export class SeqQueue {
  #seqs: number[] = []
  #head = 0

  get length(): number {
    return this.#seqs.length - this.#head
  }

  push(seq: number): void {
    this.#seqs.push(seq)
  }

  shift(): void {
    this.#head += 1
    if (this.#head < SLACK || this.#head * 2 < this.#seqs.length) return
    this.#seqs = this.#seqs.slice(this.#head)
    this.#head = 0
  }

  /** Those that are at least `seq`, in order. What was asked for last is near the end. */
  from(seq: number): number[] {
    let from = this.#seqs.length
    while (from > this.#head && this.#seqs[from - 1]! >= seq) from -= 1
    return this.#seqs.slice(from)
  }

  /** The last ones, as far back as `isWanted` says, in order; at most so many. */
  tail(isWanted: (seq: number) => boolean, atMost: number): number[] {
    const least = Math.max(this.#head, this.#seqs.length - atMost)
    let from = this.#seqs.length
    while (from > least && isWanted(this.#seqs[from - 1]!)) from -= 1
    return this.#seqs.slice(from)
  }
}
