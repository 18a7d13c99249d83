import type { Clock } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { WebsocketConfig } from '../config.js'
import type { EventDispatch } from '../events/event-dispatch.js'
import { leaveAll } from '../events/subscribe.js'
import type { Delivery } from '../outbox/delivery.js'
import type { Link } from '../outbox/link.js'
import type { LinkListener } from '../socket-server.js'
import type { SystemFeed } from '../system/system-feed.js'
import type { Heads } from '../window/heads.js'
import { type Admission, createSession } from './session.js'
import type { SessionRegistry } from './session-registry.js'
import { welcomeOf } from './welcome.js'

export interface OpenSessionDeps {
  readonly sessions: SessionRegistry
  readonly heads: Heads
  readonly delivery: Delivery
  readonly dispatch: EventDispatch
  readonly system: SystemFeed
  readonly clock: Clock
  readonly logger: Logger
  readonly config: WebsocketConfig
}

/** A session from its welcome to its end. */
export function openSession(deps: OpenSessionDeps, link: Link, admission: Admission): LinkListener {
  const { sessions, delivery, logger, config } = deps
  const session = createSession(link, admission, {
    backlogBytes: config.SOCKET_BACKLOG_BYTES,
    messagesPerSecond: config.SOCKET_MESSAGES_PER_SECOND,
  })
  sessions.add(session)
  logger.debug({ sessionId: session.id, userId: session.user.id, address: session.address }, 'connected')
  const welcome = welcomeOf(session, { epoch: deps.heads.epoch, nowMs: deps.clock.nowMs(), config })
  session.link.emit('connected', welcome)
  session.link.emit('welcome', welcome)
  return {
    onEvent: (name, args) => void deps.dispatch(session, name, args),
    onClose(reason) {
      sessions.remove(session)
      leaveAll(delivery, session)
      delivery.slow.remove(session)
      deps.system.leave(session)
      logger.debug({ sessionId: session.id, reason }, 'disconnected')
    },
  }
}
