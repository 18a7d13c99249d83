import { isDeviceId, type RecordedReading, TELEMETRY_LIMITS } from '@iot/contracts'
import { type ClockPolicy, stampReading } from './clock-policy.js'
import { isoTime } from './iso-time.js'
import { isFitName, isFitText } from './parse-telemetry-names.js'
import { isWrittenTime, parseTime } from './parse-time.js'
import { quoted, type Refusal, refusal } from './refusal.js'

export interface ElementContext {
  readonly topicDeviceId: string | undefined
  readonly receivedAtMs: number
  readonly policy: ClockPolicy
}

/** What one element of a payload holds of one device. */
export interface ElementReadings {
  readonly deviceId: string
  readonly readings: RecordedReading[]
  readonly location: string | undefined
  readonly attributes: Record<string, string> | undefined
}

/** `refused` beside `taken`: some of a list of readings were bad, the others are taken. */
export interface ElementOutcome {
  readonly taken?: ElementReadings
  readonly refused?: Refusal
}

type Fields = Readonly<Record<string, unknown>>

/** Fields of an element that are not sensors of their own. */
const RESERVED: ReadonlySet<string> = new Set([
  'deviceId',
  'timestamp',
  'sensorType',
  'value',
  'unit',
  'location',
  'readings',
])

/** Reads one element, in any of the three forms; `depth` is how deep in the payload it stands. */
export function parseElement(element: unknown, context: ElementContext, depth: number): ElementOutcome {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    return refuseNested(element, depth, `an object is expected, not ${kindOf(element)}`)
  }
  const fields = element as Fields
  const deviceId = fields.deviceId ?? context.topicDeviceId
  if (!isDeviceId(deviceId)) {
    return refuse('bad-device-id', fields.deviceId === undefined ? 'deviceId is missing' : namedId(deviceId))
  }
  if (context.topicDeviceId !== undefined && deviceId !== context.topicDeviceId) {
    return refuse('device-mismatch', `the payload says ${deviceId}, the topic ${context.topicDeviceId}`)
  }
  const claimed = claimedTime(fields.timestamp)
  if (claimed === 'bad') return refuse('bad-timestamp', 'timestamp is no time')
  const { location } = fields
  if (location !== undefined && location !== null && !isShortText(location)) {
    return refuse(
      'bad-value',
      `location is no text of at most ${TELEMETRY_LIMITS.attributeLength} characters`,
    )
  }
  const frame: Frame = { deviceId, claimed, location: location ?? undefined, context, depth }
  if ('readings' in fields) return parseList(fields.readings, frame)
  if ('sensorType' in fields || 'value' in fields) return parseGuideForm(fields, frame)
  return parseFieldForm(fields, frame)
}

/** A time that a device names. */
interface Claim {
  readonly ms: number
  /** as it is to be recorded, where the device has written it so */
  readonly text: string | undefined
}

/** What an element says for all of its readings. */
interface Frame {
  readonly deviceId: string
  readonly claimed: Claim | undefined
  readonly location: string | undefined
  readonly context: ElementContext
  readonly depth: number
}

/** `{deviceId, temperature: 25.5, humidity: 60.2, …}`: each number a sensor, each text an attribute. */
function parseFieldForm(fields: Fields, frame: Frame): ElementOutcome {
  const readings: RecordedReading[] = []
  let attributes: Record<string, string> | undefined
  let attributeCount = 0
  for (const name of Object.keys(fields)) {
    if (RESERVED.has(name)) continue
    const value = fields[name]
    // a sensor that has nothing to say
    if (value === null) continue
    if (!isFitName(name)) return refuse('bad-sensor', `a field can’t be named ${quoted(name)}`)
    if (typeof value === 'string') {
      if (!isShortText(value)) {
        return refuse(
          'bad-value',
          `${quoted(name)} is no text of at most ${TELEMETRY_LIMITS.attributeLength}`,
        )
      }
      attributes ??= {}
      attributes[name] = value
      attributeCount += 1
    } else {
      const number = numberOf(value)
      if (number === undefined) return refuseValue(name, value, frame)
      readings.push(stamped(frame, name, number, undefined, frame.claimed))
    }
  }
  if (readings.length > TELEMETRY_LIMITS.readings) return refuse('too-many', `${readings.length} readings`)
  if (attributeCount > TELEMETRY_LIMITS.attributes) return refuse('too-many', `${attributeCount} texts`)
  return take(frame, readings, attributes)
}

/** `{deviceId, sensorType, value, unit?, timestamp?, location?}` */
function parseGuideForm(fields: Fields, frame: Frame): ElementOutcome {
  const reading = parseReading(fields, frame, frame.claimed)
  return 'reason' in reading ? { refused: reading } : take(frame, [reading], undefined)
}

/** `{deviceId, readings: [{sensorType, value, unit?, timestamp?}]}` */
function parseList(list: unknown, frame: Frame): ElementOutcome {
  if (!Array.isArray(list)) return refuseNested(list, frame.depth, 'readings is not an array')
  if (list.length === 0) return refuse('no-readings', 'readings is empty')
  if (list.length > TELEMETRY_LIMITS.readings) return refuse('too-many', `${list.length} readings`)
  const readings: RecordedReading[] = []
  let first: Refusal | undefined
  for (const [index, item] of list.entries()) {
    const reading = parseListed(item, frame)
    if (!('reason' in reading)) readings.push(reading)
    else first ??= refusal(reading.reason, `readings[${index}]: ${reading.detail}`)
  }
  if (!first) return take(frame, readings, undefined)
  const bad = list.length - readings.length
  const refused = refusal(first.reason, `${bad} of ${list.length} refused; ${first.detail}`)
  return readings.length === 0 ? { refused } : { ...take(frame, readings, undefined), refused }
}

function parseListed(item: unknown, frame: Frame): RecordedReading | Refusal {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    return nested(item, frame.depth + 2, `an object is expected, not ${kindOf(item)}`)
  }
  const fields = item as Fields
  if (fields.deviceId !== undefined && fields.deviceId !== frame.deviceId) {
    return refusal('device-mismatch', `it names another device than ${frame.deviceId}`)
  }
  const own = claimedTime(fields.timestamp)
  if (own === 'bad') return refusal('bad-timestamp', 'timestamp is no time')
  return parseReading(fields, frame, own ?? frame.claimed)
}

function parseReading(fields: Fields, frame: Frame, claimed: Claim | undefined): RecordedReading | Refusal {
  const { sensorType, value, unit } = fields
  if (typeof sensorType !== 'string') return refusal('bad-sensor', 'sensorType is no text')
  if (!isFitName(sensorType)) return refusal('bad-sensor', `a sensor can’t be named ${quoted(sensorType)}`)
  const number = numberOf(value)
  if (number === undefined) return badValue('value', value, frame.depth)
  if (unit !== undefined && unit !== null) {
    if (typeof unit !== 'string' || !isFitText(unit, TELEMETRY_LIMITS.nameLength)) {
      return refusal('bad-value', `unit is no text of at most ${TELEMETRY_LIMITS.nameLength} characters`)
    }
    return stamped(frame, sensorType, number, unit, claimed)
  }
  return stamped(frame, sensorType, number, undefined, claimed)
}

function stamped(
  frame: Frame,
  sensorType: string,
  value: number,
  unit: string | undefined,
  claimed: Claim | undefined,
): RecordedReading {
  const { deviceId, context } = frame
  const { receivedAtMs } = context
  const stamp = stampReading(context.policy, { deviceId, sensorType, claimedMs: claimed?.ms, receivedAtMs })
  const said = stamp.timestampMs === claimed?.ms && !stamp.adjusted ? claimed.text : undefined
  const reading: RecordedReading = { sensorType, value, timestamp: said ?? isoTime(stamp.timestampMs) }
  if (unit !== undefined) reading.unit = unit
  if (stamp.adjusted) reading.adjusted = true
  return reading
}

function take(
  frame: Frame,
  readings: RecordedReading[],
  attributes: Record<string, string> | undefined,
): ElementOutcome {
  if (readings.length === 0 && !attributes && frame.location === undefined) {
    return refuse('no-readings', 'it holds no number')
  }
  return { taken: { deviceId: frame.deviceId, readings, location: frame.location, attributes } }
}

/** A finite number, or a boolean as 0 or 1. JSON knows numbers that are too large for us: `1e999`. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? (value === 0 ? 0 : value) : undefined
  if (typeof value === 'boolean') return value ? 1 : 0
  return undefined
}

/** Null stands for “no time”, as from a device without a clock. */
function claimedTime(value: unknown): Claim | undefined | 'bad' {
  if (value === undefined || value === null) return undefined
  const ms = parseTime(value)
  if (ms === undefined) return 'bad'
  return { ms, text: typeof value === 'string' && isWrittenTime(value) ? value : undefined }
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && isFitText(value, TELEMETRY_LIMITS.attributeLength)
}

function refuse(reason: Refusal['reason'], detail: string): ElementOutcome {
  return { refused: refusal(reason, detail) }
}

function refuseNested(value: unknown, depth: number, detail: string): ElementOutcome {
  return { refused: nested(value, depth, detail) }
}

function refuseValue(name: string, value: unknown, frame: Frame): ElementOutcome {
  return { refused: badValue(quoted(name), value, frame.depth) }
}

function badValue(name: string, value: unknown, depth: number): Refusal {
  if (typeof value === 'object' && value !== null) {
    return nested(value, depth + 1, `${name} is ${kindOf(value)}`)
  }
  return refusal('bad-value', `${name} is no finite number`)
}

/** Why something nested where it may not be is refused: for its depth, where that alone is too much. */
function nested(value: unknown, depth: number, detail: string): Refusal {
  if (isDeeperThan(value, TELEMETRY_LIMITS.depth - depth + 1)) {
    return refusal('too-deep', `nested deeper than ${TELEMETRY_LIMITS.depth}`)
  }
  return refusal('bad-shape', detail)
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels <= 0) return true
  return Object.values(value).some((inner) => isDeeperThan(inner, levels - 1))
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function namedId(deviceId: unknown): string {
  return typeof deviceId === 'string' ? `${quoted(deviceId)} is no device id` : 'deviceId is no text'
}
