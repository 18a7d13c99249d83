import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Connection, useConnection } from '../../api/live-feed.js'
import { Toast } from '../../ui/toast.js'

/** A change that lasts shorter is nobody's business. */
const SETTLE_MS = 3_000
const GOOD_LASTS_MS = 4_000
const BAD_LASTS_MS = 8_000

type News = 'back' | 'polling' | 'lost'

const NEWS: Record<Connection['state'], News> = {
  live: 'back',
  catchingUp: 'back',
  paused: 'back',
  polling: 'polling',
  reconnecting: 'lost',
  offline: 'lost',
}

/** Says once that the connection was lost, and once that it is back, when either has lasted. */
export function ConnectionToasts() {
  const { t } = useTranslation()
  const [news, close] = useConnectionNews()
  if (news === undefined) return null
  return (
    <Toast
      key={news}
      shape={news === 'back' ? 'online' : news === 'polling' ? 'warning' : 'offline'}
      title={news === 'back' ? t('connection.back') : t('connection.lost')}
      detail={t(`connection.${news}Detail`)}
      closeLabel={t('help.close')}
      lastsMs={news === 'back' ? GOOD_LASTS_MS : BAD_LASTS_MS}
      onClose={close}
    />
  )
}

function useConnectionNews(): [News | undefined, () => void] {
  const { state, firstAttempt } = useConnection()
  const [news, setNews] = useState<News>()
  const told = useRef<News>(undefined)
  const now = NEWS[state]
  useEffect(() => {
    if (firstAttempt) return
    // The first connection is no news.
    if (told.current === undefined && now === 'back') told.current = 'back'
    if (told.current === now) return
    const timer = setTimeout(() => {
      told.current = now
      setNews(now)
    }, SETTLE_MS)
    return () => clearTimeout(timer)
  }, [now, firstAttempt])
  return [news, useCallback(() => setNews(undefined), [])]
}
