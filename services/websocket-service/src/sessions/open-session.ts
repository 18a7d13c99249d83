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
import type { LinkListener } from '../socket-server.js'
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
  const { sessions, delivery, clock, logger, config } = deps
  const session = createSession(link, admission, {
    backlogBytes: config.SOCKET_BACKLOG_BYTES,
    messagesPerSecond: config.SOCKET_MESSAGES_PER_SECOND,
    nowMs: clock.nowMs(),
  })
  sessions.add(session)
  logger.debug({ sessionId: session.id, userId: session.user.id, address: session.address }, 'connected')
  greet(deps, session, admission.notices)
  deps.presence.opened(session)
  return {
    onEvent(name, args) {
      if (name !== 'ping') session.usedAtMs = clock.nowMs()
      void deps.dispatch(session, name, args)
    },
    onClose(reason) {
      sessions.remove(session)
      leaveAll(delivery, session)
      delivery.slow.remove(session)
      deps.system.leave(session)
      const closedFor = link.closedFor()
      // A drain ends all of them, which is no news of any.
      deps.presence.closed(session, closedFor === 'server stopping' ? undefined : closedFor)
      if (closedFor) {
        deps.socketMetrics.closed.inc({ reason: closedFor })
        if (!session.isAnonymous) deps.lastCloses.note(session.user.id, closedFor, clock.nowMs())
      }
      logger.debug({ sessionId: session.id, reason, closedFor }, 'disconnected')
    },
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
