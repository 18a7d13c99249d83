import { quoteJson, type Reading } from '@iot/contracts'

/** Looking inside a text that was joined from pieces makes it one; otherwise it keeps all of them alive. */
const LOOK_INSIDE = /\0/

/**
 * A reading as JSON text, exactly as `JSON.stringify` writes it with its fields in the order of the schema, at a third of the
 * price. The value must be finite; times are taken to be in the schema's form.
 */
export function encodeReading(reading: Reading): string {
  const json = join(reading)
  LOOK_INSIDE.test(json)
  return json
}

function join(reading: Reading): string {
  const { unit, location, receivedAt, position } = reading
  let json = `{"deviceId":${quoteJson(reading.deviceId)},"sensorType":${quoteJson(reading.sensorType)},"value":${reading.value}`
  if (unit !== undefined) json += `,"unit":${quoteJson(unit)}`
  json += `,"timestamp":"${reading.timestamp}","status":"${reading.status}"`
  if (location !== undefined) json += `,"location":${quoteJson(location)}`
  if (receivedAt !== undefined) json += `,"receivedAt":"${receivedAt}"`
  if (reading.adjusted) json += ',"adjusted":true'
  if (position === undefined) return `${json}}`
  json += `,"position":{"partition":${position.partition},"offset":${position.offset}`
  return position.index === undefined ? `${json}}}` : `${json},"index":${position.index}}}`
}
