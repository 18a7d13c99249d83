import type { ReportedStatus, StatusRecord } from '@iot/contracts'
import { type ClockPolicy, isClockBelieved } from './clock-policy.js'
import { decodePayload } from './decode-payload.js'
import { parseTime } from './parse-time.js'
import { type Refusal, refusal } from './refusal.js'

/** Longer than any status with what may stand beside it; a status is a word, not a document. */
const STATUS_BYTES = 4_096

export type ParsedStatus =
  | { readonly ok: true; readonly record: StatusRecord }
  | { readonly ok: false; readonly refusal: Refusal }

/** Reads what a device says of itself: `{"status":"online"}` or the bare word. Never throws. */
export function parseStatus(input: {
  topicDeviceId: string
  payload: Uint8Array
  receivedAtMs: number
  policy: ClockPolicy
}): ParsedStatus {
  const { topicDeviceId, payload, receivedAtMs, policy } = input
  if (payload.length > STATUS_BYTES) return refuse('bad-status', `a status of ${payload.length} bytes`)
  const text = decodePayload(payload)
  if (text === undefined) return refuse('bad-status', 'the payload is not UTF-8')
  if (text.trim() === '') return refuse('empty', 'the payload is empty')

  const said = readWord(text)
  if (typeof said !== 'object') return statusOf(said, topicDeviceId, receivedAtMs)
  if (said === null || Array.isArray(said)) return refuse('bad-status', 'neither a status nor an object')
  const { deviceId, status, timestamp } = said as Record<string, unknown>
  if (deviceId !== undefined && deviceId !== topicDeviceId) {
    return refuse('device-mismatch', `the payload names another device than the topic (${topicDeviceId})`)
  }
  if (timestamp === undefined || timestamp === null) return statusOf(status, topicDeviceId, receivedAtMs)
  const claimedMs = parseTime(timestamp)
  if (claimedMs === undefined) return refuse('bad-timestamp', 'the timestamp is no time')
  const believed = isClockBelieved(policy, claimedMs, receivedAtMs)
  return statusOf(status, topicDeviceId, believed ? claimedMs : receivedAtMs)
}

function readWord(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function statusOf(said: unknown, deviceId: string, timestampMs: number): ParsedStatus {
  const word = typeof said === 'string' ? said.trim().toLowerCase() : ''
  if (!isReported(word)) return refuse('bad-status', 'one of online, offline, maintenance')
  const timestamp = new Date(timestampMs).toISOString()
  return { ok: true, record: { deviceId, status: word, timestamp, cause: 'reported' } }
}

function isReported(word: string): word is ReportedStatus {
  return word === 'online' || word === 'offline' || word === 'maintenance'
}

function refuse(reason: Refusal['reason'], detail: string): ParsedStatus {
  return { ok: false, refusal: refusal(reason, detail) }
}
