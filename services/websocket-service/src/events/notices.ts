import type {
  Notification,
  NotificationRequest,
  NotificationsRead,
  NotificationsReadRequest,
  ServerEvent,
} from '@iot/contracts'
import type { AuditStore, FleetChannel, FleetMessage, NotificationStore } from '@iot/ports'
import { AppError, type Logger } from '@iot/runtime'
import { createBundle, createFrame } from '../outbox/frame.js'
import type { Tally } from '../outbox/tally.js'
import type { HandshakeAttempt, HandshakeOutcome } from '../sessions/handshake.js'
import type { Session } from '../sessions/session.js'
import type { SessionRegistry } from '../sessions/session-registry.js'
import { createUnreadCount } from '../sessions/unread-count.js'
import type { Handler } from './dispatcher.js'

export interface NoticesDeps {
  readonly notifications: NotificationStore
  readonly channel: FleetChannel
  readonly audit: Pick<AuditStore, 'add'>
  readonly sessions: Pick<SessionRegistry, 'all'>
  readonly tally: Pick<Tally, 'add'>
  readonly logger: Logger
}

/** Notices that are remembered for sessions that are about to begin. */
const MAX_RECENT = 100

/** Where a session's notices begin: with those that were unread then, and those that came after. */
export interface NoticesBegin {
  readonly unread: number | undefined
  readonly after: number
}

/**
 * Notices between users. One is stored first and told second, over the channel to every replica, each of which writes
 * it to its own sessions: once to each, wherever it was sent. Who is away, or was not reached, has it from the store.
 */
export interface Notices {
  readonly send: Handler
  readonly read: Handler
  /** A handshake that finds out where the notices of who is let in begin, too. */
  beginAfter(handshake: Handshake): Handshake
  /** Writes what came between the beginning and the session. */
  catchUp(session: Session, begin: NoticesBegin): void
  start(): void
  stop(): void
}

type Concerns = (session: Session) => boolean
type Handshake = (attempt: HandshakeAttempt) => Promise<HandshakeOutcome>

export function createNotices(deps: NoticesDeps): Notices {
  const { notifications, channel, sessions, tally, logger } = deps
  const countUnread = createUnreadCount(deps)
  const recent: { readonly number: number; readonly notification: Notification }[] = []
  let heard = 0
  let stopListening = () => {}

  /** While the channel is away, who is connected finds it where it is stored. */
  async function tell(message: FleetMessage): Promise<void> {
    try {
      await channel.send(message)
    } catch (error) {
      logger.warn({ err: error, kind: message.kind }, 'who is connected can’t be told of notices')
    }
  }

  /** It has been sent whether or not that can be noted. */
  async function note(actor: string, { id, type, title, message, to }: Notification): Promise<void> {
    const detail = { type, message, ...(title !== undefined && { title }), ...(to && { to }) }
    const target = { type: 'notification', id }
    try {
      await deps.audit.add([{ actor, action: 'notification.sent', target, detail }])
    } catch (error) {
      logger.error({ err: error, actor, id }, 'that a notice was sent is not in the audit log')
    }
  }

  function write(event: ServerEvent, body: unknown, to: Iterable<Session>, concerns: Concerns): void {
    const bundle = createBundle([createFrame(event, JSON.stringify(body))])
    let written = 0
    for (const session of to) {
      if (session.link.isOpen() && concerns(session) && session.outbox.write(bundle)) written += 1
    }
    tally.add(event, written, 0)
  }

  function hear(message: FleetMessage): void {
    if (message.kind === 'notification') {
      const { notification } = message
      heard += 1
      recent.push({ number: heard, notification })
      if (recent.length > MAX_RECENT) recent.shift()
      write('notification', notification, sessions.all(), (session) => isFor(notification, session))
    }
    if (message.kind !== 'notifications-read') return
    const { ids, upTo, unread, userId } = message
    const body: NotificationsRead = { ids: [...ids], ...(upTo !== undefined && { upTo }), unread }
    write('notifications:read', body, sessions.all(), ({ user }) => user.id === userId)
  }

  return {
    async send({ user }, [given]) {
      const notification = await notifications.add({
        ...(given as NotificationRequest),
        from: user.username,
      })
      if (!notification) throw new AppError('VALIDATION_FAILED', 'argument 1: to.user names nobody')
      await tell({ kind: 'notification', notification })
      await note(user.username, notification)
      return { answer: { notification } }
    },
    async read({ user, isAnonymous }, [given]) {
      // Nobody's notices are those of whoever has no login.
      if (isAnonymous) return { answer: { unread: 0 } }
      const read = given as NotificationsReadRequest
      const unread = await notifications.markRead(user.id, read)
      await tell({ kind: 'notifications-read', userId: user.id, ids: [], ...read, unread })
      return { answer: { unread } }
    },
    beginAfter: (handshake) => async (attempt) => {
      const outcome = await handshake(attempt)
      if (!outcome.ok) return outcome
      const { user, isAnonymous } = outcome.admission
      const after = heard
      const unread = isAnonymous ? 0 : await countUnread(user.id)
      return { ...outcome, admission: { ...outcome.admission, notices: { after, unread } } }
    },
    catchUp(session, { after }) {
      for (const { number, notification } of recent) {
        if (number > after) write('notification', notification, [session], (one) => isFor(notification, one))
      }
    },
    start() {
      stopListening = channel.listen(hear)
    },
    stop: () => stopListening(),
  }
}

/** As the store has it: exactly the role. */
export function isFor({ to }: Pick<Notification, 'to'>, { user }: Pick<Session, 'user'>): boolean {
  if (to?.user !== undefined) return to.user === user.username
  return to?.role === undefined || to.role === user.role
}
