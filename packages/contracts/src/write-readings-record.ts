import type { ReadingsRecord, RecordedReading } from './telemetry.js'

/** Stands for a place where the text can't go on: there is no room, or a character is not written here. */
const NOWHERE = -1

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const FIRST_SURROGATE = 0xd800
const LAST_SURROGATE = 0xdfff

/**
 * Writes the UTF-8 of what `encodeReadingsRecord` makes of a record into `bytes` from `at` on, and answers where it ends.
 * Pieces of text that are joined, made one and encoded cost three times as much, and 1.3 KB of memory each. -1 where that
 * can't be done here: `bytes` has no room for it, or a text holds what is seldom in names: then nothing of it counts.
 */
export function writeReadingsRecord(record: ReadingsRecord, bytes: Uint8Array, at: number): number {
  const { deviceId, receivedAt, readings, location, attributes } = record
  if (attributes !== undefined) return NOWHERE
  let end = writeQuoted(deviceId, bytes, writePlain('{"deviceId":', bytes, at))
  end = writePlain(',"receivedAt":"', bytes, end)
  end = writePlain(receivedAt, bytes, end)
  end = writePlain('","readings":[', bytes, end)
  for (let n = 0; n < readings.length; n++) {
    if (n > 0) bytes[end++] = COMMA
    end = writeReading(readings[n]!, bytes, end)
    if (end === NOWHERE) return NOWHERE
  }
  end = writePlain(']', bytes, end)
  if (location !== undefined) end = writeQuoted(location, bytes, writePlain(',"location":', bytes, end))
  end = writePlain('}', bytes, end)
  // What is written behind the end of an array is lost without a word.
  return end <= bytes.length ? end : NOWHERE
}

function writeReading(reading: RecordedReading, bytes: Uint8Array, at: number): number {
  const { sensorType, value, unit, timestamp, adjusted } = reading
  let end = writeQuoted(sensorType, bytes, writePlain('{"sensorType":', bytes, at))
  end = writePlain(',"value":', bytes, end)
  end = writePlain(String(value), bytes, end)
  if (unit !== undefined) end = writeQuoted(unit, bytes, writePlain(',"unit":', bytes, end))
  end = writePlain(',"timestamp":"', bytes, end)
  end = writePlain(timestamp, bytes, end)
  return writePlain(adjusted ? '","adjusted":true}' : '"}', bytes, end)
}

/** ASCII that is written as it is. */
function writePlain(text: string, bytes: Uint8Array, at: number): number {
  if (at === NOWHERE) return NOWHERE
  for (let n = 0; n < text.length; n++) bytes[at + n] = text.charCodeAt(n)
  return at + text.length
}

/** A text between quotes; nowhere where a character of it would be escaped, or is made of two. */
function writeQuoted(text: string, bytes: Uint8Array, at: number): number {
  if (at === NOWHERE) return NOWHERE
  let end = at
  bytes[end++] = QUOTE
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n)
    if (code < 0x80) {
      if (code < 0x20 || code === QUOTE || code === BACKSLASH) return NOWHERE
      bytes[end++] = code
    } else if (code < 0x800) {
      bytes[end++] = 0xc0 | (code >> 6)
      bytes[end++] = 0x80 | (code & 0x3f)
    } else {
      if (code >= FIRST_SURROGATE && code <= LAST_SURROGATE) return NOWHERE
      bytes[end++] = 0xe0 | (code >> 12)
      bytes[end++] = 0x80 | ((code >> 6) & 0x3f)
      bytes[end++] = 0x80 | (code & 0x3f)
    }
  }
  bytes[end++] = QUOTE
  return end
}
