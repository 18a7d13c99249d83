export { type AlertIdParts, alertIdOf } from './alert-id.js'
export {
  type AlertDecision,
  type AlertOpening,
  decideAction,
  isActive,
  openAlert,
  unshelveAlert,
  worstSeverity,
} from './alert-lifecycle.js'
export {
  type AlertSubject,
  alertMessage,
  alertThreshold,
  MESSAGE_PLACEHOLDERS,
  type MessagePlaceholder,
} from './alert-message.js'
export { ANONYMOUS } from './anonymous.js'
export { type ArrivalStamps, createArrivalStamps } from './arrival-stamps.js'
export { bucketCount, bucketWidth } from './bucket-width.js'
export { channelFaults, secretFaults } from './channel-faults.js'
export { type ClockPolicy, createClockPolicy } from './clock-policy.js'
export { decodePayload } from './decode-payload.js'
export { type DeviceTopic, deviceTopicPrefix, parseDeviceTopic } from './device-topics.js'
export { encodeFramed, encodeReading, frameOf, type ReadingFrame } from './encode-reading.js'
export { fieldFault } from './field-fault.js'
export { type AnnouncedProcess, fleetHealth, takesDevices } from './fleet-health.js'
export { maySee } from './may-see.js'
export { parseDuration } from './parse-duration.js'
export { type ParsedStatus, parseStatus } from './parse-status.js'
export { type ParsedTelemetry, parseTelemetry, type TelemetryInput } from './parse-telemetry.js'
export { parseTime } from './parse-time.js'
export { presentReading } from './present-reading.js'
export { RecentTimestamps } from './recent-timestamps.js'
export { quoted, type Refusal, refusal } from './refusal.js'
export { roleAtLeast } from './role-at-least.js'
export {
  type Breach,
  type Condition,
  causeOf,
  FLAPPING_CALM_MS,
  FLAPPING_OPENINGS,
  FLAPPING_WITHIN_MS,
  isFlapping,
  isOpen,
  keepCondition,
  newCondition,
  type Past,
  restoreCondition,
} from './rule-condition.js'
export { ruleFaults, windowFaults } from './rule-faults.js'
export { createRuleIndex, type RuleIndex } from './rule-index.js'
export { CLOSES, type CompiledRule, compileRule, NOTHING, OPENS, type Verdict } from './rule-machine.js'
export { createPreview, type Episode, type Preview } from './rule-preview.js'
export { Schedule } from './schedule.js'
export { type KeptInterval, UsualInterval } from './usual-interval.js'
