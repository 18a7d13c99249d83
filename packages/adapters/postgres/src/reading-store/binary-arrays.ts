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
  return arrayOf(OID.int4, 4, length, (view, at, index) => view.setInt32(at, valueAt(index)))
}

export function float8Array(length: number, valueAt: (index: number) => number): Buffer {
  return arrayOf(OID.float8, 8, length, (view, at, index) => view.setFloat64(at, valueAt(index)))
}

export function boolArray(length: number, valueAt: (index: number) => boolean): Buffer {
  return arrayOf(OID.bool, 1, length, (view, at, index) => view.setInt8(at, valueAt(index) ? 1 : 0))
}

/** Of whole ms since 1970. */
export function timestamptzArray(length: number, msAt: (index: number) => number): Buffer {
  return arrayOf(OID.timestamptz, 8, length, (view, at, index) => {
    // Below 2^53 for every date that JavaScript and ISO 8601 with four digits share: exact.
    const microseconds = (msAt(index) - EPOCH_2000_MS) * 1_000
    const high = Math.floor(microseconds / TWO_32)
    view.setInt32(at, high)
    view.setUint32(at + 4, microseconds - high * TWO_32)
  })
}

/** By a DataView, which the compiler knows: the methods of a Buffer check and store byte by byte. */
function arrayOf(
  oid: number,
  width: number,
  length: number,
  write: (view: DataView, at: number, index: number) => void,
): Buffer {
  const buffer = Buffer.allocUnsafeSlow(HEADER_BYTES + length * (4 + width))
  const view = new DataView(buffer.buffer)
  view.setInt32(0, 1) // dimensions
  view.setInt32(4, 0) // no nulls
  view.setInt32(8, oid)
  view.setInt32(12, length)
  view.setInt32(16, 1) // lower bound
  let at = HEADER_BYTES
  for (let index = 0; index < length; index += 1) {
    view.setInt32(at, width)
    write(view, at + 4, index)
    at += 4 + width
  }
  return buffer
}
