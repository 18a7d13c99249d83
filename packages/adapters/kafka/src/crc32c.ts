/** Castagnoli's polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78

const REMAINDERS = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1
  }
  return remainder
})

/** The checksum that a batch of records carries; Node has CRC-32 alone, which is another polynomial. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1
  for (let at = start; at < end; at++) crc = (crc >>> 8) ^ REMAINDERS[(crc ^ bytes[at]!) & 0xff]!
  return ~crc >>> 0
}
