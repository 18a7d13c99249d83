import { SOCKET_PROTOCOL, type Welcome } from '@iot/contracts'
import type { WebsocketConfig } from '../config.js'
import type { Session } from './session.js'

/** The body of `connected` and `welcome`. */
export function welcomeOf(
  session: Session,
  facts: {
    epoch: string
    nowMs: number
    config: WebsocketConfig
    unread: number | undefined
    lastClose: string | undefined
  },
): Welcome {
  const now = new Date(facts.nowMs).toISOString()
  return {
    message: 'Connected to IoT Monitoring System',
    timestamp: now,
    sessionId: session.id,
    user: session.user,
    role: session.user.role,
    serverTime: now,
    protocol: SOCKET_PROTOCOL,
    limits: {
      subscriptions: facts.config.SOCKET_MAX_SUBSCRIPTIONS,
      messagesPerSecond: facts.config.SOCKET_MESSAGES_PER_SECOND,
      packetBytes: facts.config.SOCKET_MAX_PACKET_BYTES,
      connectionsPerUser: facts.config.SOCKET_MAX_CONNECTIONS_PER_USER,
    },
    epoch: facts.epoch,
    ...(facts.unread !== undefined && { unread: facts.unread }),
    ...(facts.lastClose !== undefined && { lastClose: facts.lastClose }),
  }
}
