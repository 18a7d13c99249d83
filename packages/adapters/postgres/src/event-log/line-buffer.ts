const FIRST_BYTES = 8_192
const TAB = 0x09
const LINE_END = 0x0a
/** Digits of a time, and what ends it and the line. */
const TIME_BYTES = 20

/**
 * Lines of a time, a key and a value, as bytes: no text waits for the write with its record, and none is made to be
 * encoded at once.
 */
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

  /** `key` ends in a tab; of `value` it is the first `valueLength` bytes. Neither holds a line end, nor the value a tab. */
  add(timestampMs: number, key: Buffer, value: Buffer, valueLength: number): void {
    const needed = this.#length + TIME_BYTES + key.length + valueLength
    if (needed > this.#bytes.length) this.#grow(needed)
    const time = textOf(timestampMs)
    let at = this.#length
    for (let n = 0; n < time.length; n++) this.#bytes[at++] = time.charCodeAt(n)
    this.#bytes[at++] = TAB
    at += key.copy(this.#bytes, at)
    at += value.copy(this.#bytes, at, 0, valueLength)
    this.#bytes[at++] = LINE_END
    this.#length = at
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

let lastMs = Number.NaN
let lastText = ''

/** Records that come together have their time in common. */
function textOf(ms: number): string {
  if (ms !== lastMs) {
    lastText = String(ms)
    lastMs = ms
  }
  return lastText
}
