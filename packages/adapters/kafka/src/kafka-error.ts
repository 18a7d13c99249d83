/** Errors after which trying again is of no use: someone has to change rights, versions or settings. */
const FINAL = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_VERSION',
  'UNSUPPORTED_SASL_MECHANISM',
  'INVALID_GROUP_ID',
  'INVALID_SESSION_TIMEOUT',
  'INCONSISTENT_GROUP_PROTOCOL',
])

/** Answers about the group, from a coordinator that is well. */
const ABOUT_THE_GROUP = new Set([
  'REBALANCE_IN_PROGRESS',
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'INCONSISTENT_GROUP_PROTOCOL',
])

/** The broker's word for what went wrong; the client hides it under up to two layers of its own. */
export function kafkaErrorType(error: unknown): string | undefined {
  let at = error
  for (let depth = 0; depth < 4 && at instanceof Error; depth++) {
    const { type } = at as { type?: unknown }
    if (typeof type === 'string') return type
    at = at.cause
  }
  return undefined
}

export function isFinal(error: unknown): boolean {
  return FINAL.has(kafkaErrorType(error) ?? '')
}

export function isAboutTheGroup(error: unknown): boolean {
  return ABOUT_THE_GROUP.has(kafkaErrorType(error) ?? '')
}

export function isRequestTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'KafkaJSRequestTimeoutError'
}
