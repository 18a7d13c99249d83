import { type ReadingsRecord, TELEMETRY_LIMITS } from '@iot/contracts'
import type { ClockPolicy } from './clock-policy.js'
import { decodePayload } from './decode-payload.js'
import { isoTime } from './iso-time.js'
import { type ElementContext, type ElementReadings, parseElement } from './parse-telemetry-element.js'
import { sliceElements } from './parse-telemetry-slices.js'
import { type Refusal, refusal } from './refusal.js'

export interface TelemetryInput {
  /** the device that the topic names, where it names one */
  readonly topicDeviceId?: string | undefined
  readonly payload: Uint8Array
  /** ms since 1970 */
  readonly receivedAtMs: number
  readonly policy: ClockPolicy
}

export interface ParsedTelemetry {
  /**
   * What can be recorded, in the order in which devices are first named: one record per device, and a further
   * one where a record would hold more readings or attributes than it may.
   */
  readonly accepted: ReadingsRecord[]
  /** what can't: the whole message at once, or elements of it alone */
  readonly refused: Refusal[]
}

/**
 * Reads a telemetry payload in any of its forms, alone or in an array of up to 1 000. A bad element is refused
 * alone; a message that can't be read at all is one refusal. Never throws, whatever the bytes are.
 */
export function parseTelemetry(input: TelemetryInput): ParsedTelemetry {
  const text = decodePayload(input.payload)
  if (text === undefined) return refuseAll('not-json', 'the payload is not UTF-8')
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch (error) {
    if (text.trim() === '') return refuseAll('empty', 'the payload is empty')
    return refuseAll('not-json', error instanceof Error ? error.message : 'not JSON')
  }
  const context: ElementContext = {
    topicDeviceId: input.topicDeviceId,
    receivedAtMs: input.receivedAtMs,
    policy: input.policy,
  }
  const receivedAt = isoTime(input.receivedAtMs)
  return Array.isArray(said)
    ? parseArray(said, text, context, receivedAt)
    : parseSingle(said, context, receivedAt)
}

function refuseAll(reason: Refusal['reason'], detail: string): ParsedTelemetry {
  return { accepted: [], refused: [refusal(reason, detail)] }
}

function parseSingle(said: unknown, context: ElementContext, receivedAt: string): ParsedTelemetry {
  const { taken, refused } = parseElement(said, context, 1)
  return {
    accepted: taken ? [recordOf(taken, receivedAt)] : [],
    refused: refused ? [refused] : [],
  }
}

function parseArray(
  elements: readonly unknown[],
  text: string,
  context: ElementContext,
  receivedAt: string,
): ParsedTelemetry {
  if (elements.length === 0) return refuseAll('no-readings', 'the array is empty')
  if (elements.length > TELEMETRY_LIMITS.elements) {
    return refuseAll('too-many', `${elements.length} elements; at most ${TELEMETRY_LIMITS.elements}`)
  }
  const accepted: ReadingsRecord[] = []
  const refused: Refusal[] = []
  const open = new Map<string, ReadingsRecord>()
  let parts: string[] | undefined
  for (const [index, element] of elements.entries()) {
    const outcome = parseElement(element, context, 2)
    if (outcome.taken) gather(outcome.taken, { accepted, open, receivedAt })
    if (outcome.refused) {
      parts ??= sliceElements(text)
      const { reason, detail } = outcome.refused
      refused.push(refusal(reason, `element ${index}: ${detail}`, parts[index]))
    }
  }
  return { accepted, refused }
}

/** Adds what one element holds to its device's record, or begins another record where that one is full. */
function gather(
  taken: ElementReadings,
  into: { accepted: ReadingsRecord[]; open: Map<string, ReadingsRecord>; receivedAt: string },
): void {
  const record = into.open.get(taken.deviceId)
  const attributes = { ...record?.attributes, ...taken.attributes }
  if (
    !record ||
    record.readings.length + taken.readings.length > TELEMETRY_LIMITS.readings ||
    Object.keys(attributes).length > TELEMETRY_LIMITS.attributes
  ) {
    const begun = recordOf(taken, into.receivedAt)
    into.open.set(taken.deviceId, begun)
    into.accepted.push(begun)
    return
  }
  for (const reading of taken.readings) record.readings.push(reading)
  if (taken.location !== undefined) record.location = taken.location
  if (taken.attributes) record.attributes = attributes
}

function recordOf(taken: ElementReadings, receivedAt: string): ReadingsRecord {
  const record: ReadingsRecord = { deviceId: taken.deviceId, receivedAt, readings: taken.readings }
  if (taken.location !== undefined) record.location = taken.location
  if (taken.attributes) record.attributes = taken.attributes
  return record
}
