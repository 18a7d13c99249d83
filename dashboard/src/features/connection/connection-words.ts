import type { TFunction } from 'i18next'
import type { Connection } from '../../api/live-feed.js'
import type { Format } from '../../ui/format.js'

/** The connection in a few words, as the indicator shows them. */
export function connectionWords(connection: Connection, nowMs: number, t: TFunction, format: Format): string {
  switch (connection.state) {
    case 'live':
      return t('connection.live')
    case 'catchingUp':
      return t('connection.catchingUp')
    case 'polling':
      return t('connection.polling')
    case 'paused':
      return t('connection.pausedFor', { behind: format.integer(connection.behind) })
    case 'offline':
      return connection.lastDataAtMs === undefined
        ? t('connection.offline')
        : t('connection.offlineSince', { age: format.time(connection.lastDataAtMs) })
    case 'reconnecting':
      return reconnectingWords(connection, nowMs, t)
  }
}

function reconnectingWords({ firstAttempt, nextRetryAtMs }: Connection, nowMs: number, t: TFunction): string {
  const waitMs = nextRetryAtMs === undefined ? 0 : nextRetryAtMs - nowMs
  if (waitMs > 0) return t('connection.reconnectingIn', { seconds: Math.ceil(waitMs / 1_000) })
  return firstAttempt ? t('connection.connecting') : t('connection.reconnecting')
}

/** 84 ms, 1.2 s. */
export function delayWords(delayMs: number, t: TFunction): string {
  return delayMs < 1_000
    ? t('connection.delay', { ms: Math.round(delayMs) })
    : t('connection.delayLong', { seconds: (delayMs / 1_000).toFixed(1) })
}
