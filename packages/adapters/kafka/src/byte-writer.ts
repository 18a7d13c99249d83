const INT32_RANGE = 2 ** 32

/** How many bytes a length or a small difference takes in a record: seven bits each, the sign in the lowest. */
export function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value * 2; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes += 1
  return bytes
}

/** Writes what a request consists of into one buffer, whose size is known before. */
export class ByteWriter {
  readonly buffer: Buffer
  at = 0

  constructor(bytes: number) {
    this.buffer = Buffer.allocUnsafe(bytes)
  }

  int8(value: number): void {
    this.at = this.buffer.writeInt8(value, this.at)
  }

  int16(value: number): void {
    this.at = this.buffer.writeInt16BE(value, this.at)
  }

  int32(value: number): void {
    this.at = this.buffer.writeInt32BE(value, this.at)
  }

  /** A whole number that a double holds exactly. */
  int64(value: number): void {
    this.int32(Math.floor(value / INT32_RANGE))
    this.at = this.buffer.writeUInt32BE(((value % INT32_RANGE) + INT32_RANGE) % INT32_RANGE, this.at)
  }

  /** A number that is not negative. */
  varint(value: number): void {
    let rest = value * 2
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.buffer[this.at++] = (rest % 0x80) | 0x80
    this.buffer[this.at++] = rest
  }

  /** A name, its length before it. */
  name(text: string): void {
    this.int16(Buffer.byteLength(text))
    this.text(text)
  }

  text(text: string): void {
    this.at += this.buffer.write(text, this.at, 'utf8')
  }
}
