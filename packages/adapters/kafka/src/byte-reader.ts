const INT32_RANGE = 2 ** 32

/** Reads what an answer consists of, one thing after another. */
export class ByteReader {
  readonly buffer: Buffer
  at: number

  constructor(buffer: Buffer, at = 0) {
    this.buffer = buffer
    this.at = at
  }

  int16(): number {
    this.at += 2
    return this.buffer.readInt16BE(this.at - 2)
  }

  int32(): number {
    this.at += 4
    return this.buffer.readInt32BE(this.at - 4)
  }

  /** Offsets and times: whole numbers that a double holds exactly. */
  int64(): number {
    const high = this.int32()
    this.at += 4
    return high * INT32_RANGE + this.buffer.readUInt32BE(this.at - 4)
  }

  /** Seven bits each, the sign in the lowest. */
  varint(): number {
    let value = 0
    let factor = 1
    for (;;) {
      const byte = this.buffer[this.at++]!
      value += (byte & 0x7f) * factor
      if (byte < 0x80) break
      factor *= 0x80
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  name(): string {
    return this.text(this.int16())
  }

  text(bytes: number): string {
    this.at += bytes
    return this.buffer.toString('utf8', this.at - bytes, this.at)
  }

  skip(bytes: number): void {
    this.at += bytes
  }
}
