import { AUTH_ENDS } from '@iot/contracts'

/** Why the server ends a session: in logs, in the metric, and to the user's next session as `lastClose`. */
export const CLOSE_REASONS = [
  ...AUTH_ENDS,
  'slow consumer',
  'too many messages',
  'packet too large',
  'bad packet',
  'idle',
  'closed by an administrator',
  'server stopping',
] as const
export type CloseReason = (typeof CLOSE_REASONS)[number]
