import { CLIENT_EVENT_NOTES, type ClientEvent, type ErrorCode, type Failure } from '@iot/contracts'
import { roleAtLeast } from '@iot/domain'
import { RangeTooLarge } from '@iot/ports'
import { AppError, createTokenBucket, type Logger } from '@iot/runtime'
import type { WebsocketMetrics } from '../metrics.js'
import type { Session } from '../sessions/session.js'
import { isClientEvent, readArguments } from './read-arguments.js'

const RETRY_UNAVAILABLE_MS = 1_000
const SHOWN_NAME_LENGTH = 64
/** Refused messages per second that a client may go on sending, as a multiple of its rate. */
const REFUSALS_FACTOR = 10

type Answer = Readonly<Record<string, unknown>>

export interface Reply {
  /** goes to the callback, with `ok: true`; a function is asked when nothing comes between its answer and `after` */
  readonly answer: Answer | (() => Answer)
  /** runs right after the answer was written */
  after?(): void
}

export type Handler = (session: Session, args: readonly unknown[]) => Reply | Promise<Reply>
export type Handlers = { readonly [Event in ClientEvent]: Handler }

export interface DispatcherDeps {
  readonly handlers: Handlers
  readonly messagesPerSecond: number
  readonly logger: Logger
  readonly metrics: Pick<WebsocketMetrics, 'calls'>
  /** Monotonic, ms. */
  nowMs(): number
  /** The client asks for more than it reads, or does not heed its rate. */
  onAbuse(session: Session): void
}

/**
 * Takes a client's event to its handler and the outcome to its callback. Whatever comes, it answers (or counts,
 * where there is no callback) and never throws.
 */
export function createDispatcher(deps: DispatcherDeps) {
  const { handlers, logger, metrics } = deps

  async function run(session: Session, event: string, given: readonly unknown[]): Promise<Reply> {
    if (!isClientEvent(event)) {
      throw new AppError('VALIDATION_FAILED', `There is no event “${event.slice(0, SHOWN_NAME_LENGTH)}”`)
    }
    const { role } = CLIENT_EVENT_NOTES[event]
    if (!roleAtLeast(session.user.role, role)) {
      throw new AppError('FORBIDDEN', `${event} takes the role ${role}; yours is ${session.user.role}`)
    }
    return await handlers[event](session, readArguments(event, given))
  }

  function failureOf(session: Session, event: string, error: unknown): Failure {
    const known = translate(error)
    if (known) return failure(known.code, known.message, known.retryAfterMs)
    logger.error(
      { err: error, sessionId: session.id, event: event.slice(0, SHOWN_NAME_LENGTH) },
      'an event failed',
    )
    return failure('INTERNAL', 'Something failed here')
  }

  /** Beyond the rate of refused messages the client does not listen. */
  function isDeaf(session: Session): boolean {
    session.refusals ??= createTokenBucket({ perSecond: deps.messagesPerSecond * REFUSALS_FACTOR })
    return session.refusals.take(deps.nowMs()) > 0
  }

  return async (session: Session, name: unknown, args: readonly unknown[]): Promise<void> => {
    const event = String(name)
    const last = args.at(-1)
    const callback = typeof last === 'function' ? (last as (answer: unknown) => void) : undefined
    const given = callback ? args.slice(0, -1) : args
    const label = isClientEvent(event) ? event : 'unknown'
    if (!session.link.isOpen()) return
    const wait = session.messages.take(deps.nowMs())
    if ((wait > 0 && isDeaf(session)) || session.outbox.isFlooded()) return deps.onAbuse(session)
    try {
      if (wait > 0) {
        throw new AppError('RATE_LIMITED', `At most ${deps.messagesPerSecond} messages a second`, {
          retryAfterMs: wait,
        })
      }
      const reply = await run(session, event, given)
      if (!session.link.isOpen()) return
      const answer = typeof reply.answer === 'function' ? reply.answer() : reply.answer
      metrics.calls.inc({ event: label, outcome: 'ok' })
      callback?.({ ok: true, ...answer })
      reply.after?.()
    } catch (error) {
      const failed = failureOf(session, event, error)
      metrics.calls.inc({ event: label, outcome: failed.code })
      if (session.link.isOpen()) callback?.(event === 'get:history' ? withGuideFields(failed) : failed)
    }
  }
}

function translate(error: unknown): { code: ErrorCode; message: string; retryAfterMs?: number } | undefined {
  if (error instanceof AppError) return error
  if (error instanceof RangeTooLarge) return { code: 'RANGE_TOO_LARGE', message: error.message }
  if (!(error instanceof Error && 'retriable' in error && error.retriable === true)) return undefined
  const message = 'A part of the system is away: try again'
  return { code: 'UNAVAILABLE', message, retryAfterMs: RETRY_UNAVAILABLE_MS }
}

function failure(code: ErrorCode, message: string, retryAfterMs?: number): Failure {
  return { ok: false, code, message, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

/** The guide's callers look at `success` and `error`. */
function withGuideFields(failed: Failure) {
  return { ...failed, success: false, error: failed.message }
}
