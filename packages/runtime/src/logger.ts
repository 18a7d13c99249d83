import { type Logger as Pino, pino } from 'pino'

/** The event in the message, facts in fields: `log.info({ port }, 'listening')`. Errors go in `err`. */
export type Logger = Pick<Pino, 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'> & {
  child(fields: Record<string, unknown>): Logger
}

/** Names of fields whose values are never logged, at any of the depths that we log. */
const SECRET_FIELDS = [
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'authorization',
  'cookie',
  'secret',
  'passwordHash',
]

/**
 * The process's logger: JSON lines to standard output, written synchronously, because asynchronous
 * destinations lose their last lines on a kill.
 */
export function createLogger(options: { level: string; service: string }): Logger {
  return pino({
    level: options.level,
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
    redact: {
      paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
      censor: '[redacted]',
    },
  })
}

const CAUSES = 3

/**
 * What is logged of an error: kind, words, code, where, and its causes. Not its other properties: client
 * libraries hang whole connections on their errors, passwords included.
 */
export function describeError(error: unknown, depth = 0): unknown {
  // Not `instanceof`: an error of another realm is none of ours by it.
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error)
  const { name, message, stack, code, cause } = error as Error & { code?: unknown }
  return {
    type: name,
    message,
    ...(code !== undefined && { code }),
    stack,
    ...(cause !== undefined && depth < CAUSES && { cause: describeError(cause, depth + 1) }),
  }
}

/** For tests, and for parts that nobody gave a logger. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' })
}
