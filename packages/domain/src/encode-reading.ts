import type { Reading } from '@iot/contracts'

/** Text that is its own JSON between quotes: looking is half the price of having it quoted. */
const PLAIN = /^[\w .:°%+/()-]*$/

/**
 * A reading as JSON text, exactly as `JSON.stringify` writes it with its fields in the order of the schema, at a third of the
 * price. The value must be finite; times are taken to be in the schema's form.
 */
export function encodeReading(reading: Reading): string {
  const { unit, location, receivedAt, position } = reading
  let json = `{"deviceId":${quote(reading.deviceId)},"sensorType":${quote(reading.sensorType)},"value":${reading.value}`
  if (unit !== undefined) json += `,"unit":${quote(unit)}`
  json += `,"timestamp":"${reading.timestamp}","status":"${reading.status}"`
  if (location !== undefined) json += `,"location":${quote(location)}`
  if (receivedAt !== undefined) json += `,"receivedAt":"${receivedAt}"`
  if (reading.adjusted) json += ',"adjusted":true'
  if (position === undefined) return `${json}}`
  json += `,"position":{"partition":${position.partition},"offset":${position.offset}`
  return position.index === undefined ? `${json}}}` : `${json},"index":${position.index}}}`
}

function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text)
}
