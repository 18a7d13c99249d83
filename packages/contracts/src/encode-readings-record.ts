import { quoteJson } from './quote-json.js'
import type { ReadingsRecord, RecordedReading } from './telemetry.js'

/**
 * A record that fits its schema as JSON text, as `JSON.stringify` writes it with its fields in the order of the
 * schema, at a third of the price. Fields that the schema does not know are left out.
 */
export function encodeReadingsRecord(record: ReadingsRecord): string {
  const { readings, location, attributes } = record
  let json = `{"deviceId":"${record.deviceId}","receivedAt":"${record.receivedAt}","readings":[`
  for (let at = 0; at < readings.length; at++) json += `${at === 0 ? '' : ','}${encodeOne(readings[at]!)}`
  json += ']'
  if (location !== undefined) json += `,"location":${quoteJson(location)}`
  if (attributes !== undefined) json += `,"attributes":${JSON.stringify(attributes)}`
  return `${json}}`
}

/** What decoding the text of `encodeReadingsRecord` gives, at a tenth of the price of doing it. */
export function copyReadingsRecord(record: ReadingsRecord): ReadingsRecord {
  const { deviceId, receivedAt, location, attributes } = record
  const copy: ReadingsRecord = { deviceId, receivedAt, readings: record.readings.map(copyOne) }
  if (location !== undefined) copy.location = location
  // Written and read: names like __proto__ mean something to an assignment.
  if (attributes !== undefined) copy.attributes = JSON.parse(JSON.stringify(attributes))
  return copy
}

function copyOne({ sensorType, value, unit, timestamp, adjusted }: RecordedReading): RecordedReading {
  // JSON has no negative zero.
  const copy: RecordedReading = { sensorType, value: value === 0 ? 0 : value, timestamp }
  if (unit !== undefined) copy.unit = unit
  if (adjusted) copy.adjusted = true
  return copy
}

function encodeOne({ sensorType, value, unit, timestamp, adjusted }: RecordedReading): string {
  const unitField = unit === undefined ? '' : `,"unit":${quoteJson(unit)}`
  const mark = adjusted ? ',"adjusted":true' : ''
  return `{"sensorType":${quoteJson(sensorType)},"value":${value}${unitField},"timestamp":"${timestamp}"${mark}}`
}
