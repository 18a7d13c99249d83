import { type ReadingsRecord, TELEMETRY_LIMITS } from '@iot/contracts'
import { refusal } from '@iot/domain'
import type { KnownSensors } from '../known-sensors.js'
import { deadLetter, type Outcome } from './outcome.js'

/** Holds what is accepted to the bounds on devices and on sensors of a device; what is beyond becomes a dead letter. */
export function boundDevices(outcomes: Outcome[], known: KnownSensors): Outcome[] {
  let areWithin = true
  for (const outcome of outcomes) areWithin &&= isWithin(outcome, known)
  if (areWithin) return outcomes
  return outcomes.flatMap((outcome) => bound(outcome, known))
}

function isWithin(outcome: Outcome, known: KnownSensors): boolean {
  if (outcome.kind === 'dead-letter') return true
  if (!known.addDevice(outcome.record.deviceId)) return false
  if (outcome.kind === 'status') return true
  const { deviceId, readings } = outcome.record
  for (const { sensorType } of readings) if (!known.addSensor(deviceId, sensorType)) return false
  return true
}

function bound(outcome: Outcome, known: KnownSensors): Outcome[] {
  if (isWithin(outcome, known) || outcome.kind === 'dead-letter') return [outcome]
  const { deviceId } = outcome.record
  if (!known.addDevice(deviceId)) {
    const detail = `${deviceId} would be one device more than MAX_DEVICES (${known.maxDevices})`
    const part = outcome.kind === 'readings' ? asPayload(outcome.record) : undefined
    return [deadLetter(refusal('too-many-devices', detail, part))]
  }
  if (outcome.kind === 'status') return [outcome]
  return splitSensors(outcome.record, known)
}

/** The sensors that a device may have go on, those beyond the bound do not. */
function splitSensors(record: ReadingsRecord, known: KnownSensors): Outcome[] {
  const within = record.readings.filter(({ sensorType }) => known.addSensor(record.deviceId, sensorType))
  const beyond = record.readings.filter(({ sensorType }) => !known.addSensor(record.deviceId, sensorType))
  const names = new Set(beyond.map(({ sensorType }) => sensorType))
  const detail = `${record.deviceId} has ${TELEMETRY_LIMITS.sensorsPerDevice} sensors; ${names.size} more: ${[...names].slice(0, 5).join(', ')}`
  const refused = deadLetter(refusal('too-many-sensors', detail, asPayload({ ...record, readings: beyond })))
  if (within.length === 0 && !record.attributes && record.location === undefined) return [refused]
  return [{ kind: 'readings', record: { ...record, readings: within } }, refused]
}

/** A record as a device could send it: what an operator replays. */
function asPayload(record: ReadingsRecord): string {
  const { deviceId, location, attributes } = record
  const readings = record.readings.map(({ sensorType, value, unit, timestamp }) => ({
    sensorType,
    value,
    unit,
    timestamp,
  }))
  return JSON.stringify(
    readings.length > 0 ? { deviceId, location, readings } : { ...attributes, deviceId, location },
  )
}
