import type { ErrorCode, FieldFault } from '@iot/contracts'

/** An error that people are told: a code of the contract, words that say what to do, and whether a retry makes sense. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly retriable: boolean
  readonly retryAfterMs?: number
  readonly errors?: readonly FieldFault[]

  constructor(
    code: ErrorCode,
    message: string,
    more: {
      cause?: unknown
      retriable?: boolean
      retryAfterMs?: number
      errors?: readonly FieldFault[]
    } = {},
  ) {
    super(message, { cause: more.cause })
    this.name = 'AppError'
    this.code = code
    this.retriable = more.retriable ?? more.retryAfterMs !== undefined
    if (more.retryAfterMs !== undefined) this.retryAfterMs = more.retryAfterMs
    if (more.errors) this.errors = more.errors
  }
}

/** The start can't go on, and whoever runs the process can mend it: the message says how. Exit code 78 (EX_CONFIG). */
export class StartError extends Error {
  readonly exitCode: number
  constructor(message: string, options: { cause?: unknown; exitCode?: number } = {}) {
    super(message, { cause: options.cause })
    this.name = 'StartError'
    this.exitCode = options.exitCode ?? 78
  }
}

/** Whether trying again may help: what an error says of itself; without a word, yes. */
export function isRetriable(error: unknown): boolean {
  return !(error instanceof Error && 'retriable' in error && error.retriable === false)
}
