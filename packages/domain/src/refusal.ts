import type { DeadLetterReason } from '@iot/contracts'

/** Why something that a device sent is not taken. */
export interface Refusal {
  readonly reason: DeadLetterReason
  /** in words, 512 characters at most */
  readonly detail: string
  /** the part of the payload that is refused, where the rest of it is taken or judged by itself */
  readonly part?: string
}

const DETAIL_LENGTH = 512

export function refusal(reason: DeadLetterReason, detail: string, part?: string): Refusal {
  const short = detail.length > DETAIL_LENGTH ? `${detail.slice(0, DETAIL_LENGTH - 1)}…` : detail
  return part === undefined ? { reason, detail: short } : { reason, detail: short, part }
}

/** A name out of a payload as it may stand in a detail: quoted, shortened, control characters escaped. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 48 ? `${name.slice(0, 48)}…` : name)
}
