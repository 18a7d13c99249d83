const FIRST_BYTES = 8_192
/** UTF-8 of one UTF-16 unit at most. */
const BYTES_PER_UNIT = 3

/** Lines of text that become bytes as they come, so that no text waits for the write with its record. */
export class LineBuffer {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #length = 0

  /** What it takes in memory. */
  get capacity(): number {
    return this.#bytes.length
  }

  get length(): number {
    return this.#length
  }

  add(line: string): void {
    const needed = this.#length + line.length * BYTES_PER_UNIT
    if (needed > this.#bytes.length) this.#grow(needed)
    this.#length += this.#bytes.write(line, this.#length)
  }

  /** A view; valid until the next `add` or `clear`. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}
