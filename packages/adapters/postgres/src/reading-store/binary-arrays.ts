/**
 * Arrays of numbers in PostgreSQL’s binary format, as values of a statement: printing and parsing them as
 * text would cost both sides more than the rest of an insert.
 */

const HEADER_BYTES = 20
const OID = { bool: 16, int4: 23, float8: 701, timestamptz: 1184 } as const
/** PostgreSQL counts microseconds from the year 2000. */
const EPOCH_2000_MS = 946_684_800_000
const TWO_32 = 2 ** 32

export function int4Array(length: number, valueAt: (index: number) => number): Buffer {
  return arrayOf(OID.int4, 4, length, (buffer, at, index) => buffer.writeInt32BE(valueAt(index), at))
}

export function float8Array(length: number, valueAt: (index: number) => number): Buffer {
  return arrayOf(OID.float8, 8, length, (buffer, at, index) => buffer.writeDoubleBE(valueAt(index), at))
}

export function boolArray(length: number, valueAt: (index: number) => boolean): Buffer {
  return arrayOf(OID.bool, 1, length, (buffer, at, index) => buffer.writeInt8(valueAt(index) ? 1 : 0, at))
}

/** Of whole ms since 1970. */
export function timestamptzArray(length: number, msAt: (index: number) => number): Buffer {
  return arrayOf(OID.timestamptz, 8, length, (buffer, at, index) => {
    // Below 2^53 for every date that JavaScript and ISO 8601 with four digits share: exact.
    const microseconds = (msAt(index) - EPOCH_2000_MS) * 1_000
    const high = Math.floor(microseconds / TWO_32)
    buffer.writeInt32BE(high, at)
    buffer.writeUInt32BE(microseconds - high * TWO_32, at + 4)
  })
}

function arrayOf(
  oid: number,
  width: number,
  length: number,
  write: (buffer: Buffer, at: number, index: number) => void,
): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + length * (4 + width))
  buffer.writeInt32BE(1, 0) // dimensions
  buffer.writeInt32BE(0, 4) // no nulls
  buffer.writeInt32BE(oid, 8)
  buffer.writeInt32BE(length, 12)
  buffer.writeInt32BE(1, 16) // lower bound
  let at = HEADER_BYTES
  for (let index = 0; index < length; index += 1) {
    buffer.writeInt32BE(width, at)
    write(buffer, at + 4, index)
    at += 4 + width
  }
  return buffer
}
