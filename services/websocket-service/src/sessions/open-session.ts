import type { Clock } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { WebsocketConfig } from '../config.js'
import type { EventDispatch } from '../events/event-dispatch.js'
import { leaveAll } from '../events/joining.js'
import type { Notices, NoticesBegin } from '../events/notices.js'
import type { WebsocketMetrics } from '../metrics.js'
import type { Delivery } from '../outbox/delivery.js'
import type { Link } from '../outbox/link.js'
import type { Presence } from '../presence/presence.js'
import type { LinkListener } from '../socket-link.js'
import type { SystemFeed } from '../system/system-feed.js'
import type { Heads } from '../window/heads.js'
import type { LastCloses } from './last-closes.js'
import { type Admission, createSession, type Session } from './session.js'
import type { SessionRegistry } from './session-registry.js'
import { welcomeOf } from './welcome.js'

export interface OpenSessionDeps {
  readonly sessions: SessionRegistry
  readonly lastCloses: LastCloses
  readonly heads: Heads
  readonly delivery: Delivery
  readonly dispatch: EventDispatch
  readonly system: SystemFeed
  readonly notices: Notices
  readonly presence: Presence
  readonly clock: Clock
  readonly logger: Logger
  readonly socketMetrics: Pick<WebsocketMetrics, 'closed'>
  readonly config: WebsocketConfig
}

/** A session from its welcome to its end. */
export function openSession(deps: OpenSessionDeps, link: Link, admission: Admission): LinkListener {
  const { sessions, clock, logger, config } = deps
  const session = createSession(link, admission, {
    backlogBytes: config.SOCKET_BACKLOG_BYTES,
    messagesPerSecond: config.SOCKET_MESSAGES_PER_SECOND,
    nowMs: clock.nowMs(),
  })
  sessions.add(session)
  logger.debug({ sessionId: session.id, userId: session.user.id, address: session.address }, 'connected')
  greet(deps, session, admission.notices)
  deps.presence.opened(session)
  return new OpenSession(deps, session)
}

/** Methods, not closures, as with its link. */
class OpenSession implements LinkListener {
  readonly #deps: OpenSessionDeps
  readonly #session: Session

  constructor(deps: OpenSessionDeps, session: Session) {
    this.#deps = deps
    this.#session = session
  }

  onEvent(name: unknown, args: readonly unknown[]): void {
    if (name !== 'ping') this.#session.usedAtMs = this.#deps.clock.nowMs()
    void this.#deps.dispatch(this.#session, name, args)
  }

  onClose(reason: string): void {
    const { sessions, delivery, system, presence, socketMetrics, lastCloses, clock, logger } = this.#deps
    const session = this.#session
    sessions.remove(session)
    leaveAll(delivery, session)
    delivery.slow.remove(session)
    system.leave(session)
    const closedFor = session.link.closedFor()
    // A drain ends all of them, which is no news of any.
    presence.closed(session, closedFor === 'server stopping' ? undefined : closedFor)
    if (closedFor) {
      socketMetrics.closed.inc({ reason: closedFor })
      if (!session.isAnonymous) lastCloses.note(session.user.id, closedFor, clock.nowMs())
    }
    logger.debug({ sessionId: session.id, reason, closedFor }, 'disconnected')
  }
}

function greet(
  { lastCloses, heads, clock, config, notices }: OpenSessionDeps,
  session: Session,
  begin: NoticesBegin | undefined,
): void {
  const nowMs = clock.nowMs()
  const lastClose = lastCloses.take(session.user.id, nowMs)
  const welcome = welcomeOf(session, { epoch: heads.epoch, nowMs, config, lastClose, unread: begin?.unread })
  session.link.emit('connected', welcome)
  session.link.emit('welcome', welcome)
  if (begin) notices.catchUp(session, begin)
}
