import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Connection, useConnection } from '../../api/live-feed.js'
import { type AppDispatch, type RootState, useAppDispatch } from '../../store.js'
import { Toast } from '../../ui/toast.js'
import { notificationsApi } from '../notifications/notifications-api.js'
import { type Absence, absenceBetween, type Sight } from './absence.js'
import { Missed } from './missed.js'

/** A change that lasts shorter is nobody's business. */
const SETTLE_MS = 3_000
const GOOD_LASTS_MS = 4_000
const BAD_LASTS_MS = 8_000
/** There is something to read and to follow. */
const MISSED_LASTS_MS = 15_000

type News = 'back' | 'polling' | 'lost'

const NEWS: Record<Connection['state'], News> = {
  live: 'back',
  catchingUp: 'back',
  paused: 'back',
  polling: 'polling',
  reconnecting: 'lost',
  offline: 'lost',
}

/** Says once that the connection was lost, and once that it is back and what was missed, when either has lasted. */
export function ConnectionToasts() {
  const { t } = useTranslation()
  const [told, close] = useConnectionNews()
  if (told === undefined) return null
  const { news, absence, fetched } = told
  const changed = absence !== undefined && absence.changed.length > 0
  return (
    <Toast
      key={news}
      shape={news === 'back' ? 'online' : news === 'polling' ? 'warning' : 'offline'}
      title={news === 'back' ? t('connection.back') : t('connection.lost')}
      detail={
        absence === undefined ? t(`connection.${news}Detail`) : <Missed absence={absence} fetched={fetched} />
      }
      closeLabel={t('help.close')}
      lastsMs={
        changed ? MISSED_LASTS_MS : news === 'back' && absence === undefined ? GOOD_LASTS_MS : BAD_LASTS_MS
      }
      onClose={close}
    />
  )
}

interface Told {
  news: News
  absence?: Absence
  /** readings that were missed and came all the same */
  fetched?: number
}

function useConnectionNews(): [Told | undefined, () => void] {
  const state = useConnection((connection) => connection.state)
  const firstAttempt = useConnection((connection) => connection.firstAttempt)
  const missed = useConnection((connection) => connection.missed)
  const fetched = useRef(missed)
  useEffect(() => {
    fetched.current = missed
  }, [missed])
  const dispatch = useAppDispatch()
  const [news, setNews] = useState<Told>()
  const told = useRef<News>(undefined)
  const lost = useRef<Sight>(undefined)
  const now = NEWS[state]
  useEffect(() => {
    if (firstAttempt) return
    // The first connection is no news.
    if (told.current === undefined && now === 'back') told.current = 'back'
    if (now !== 'back' && told.current === 'back') lost.current ??= dispatch(sightNow)
    if (told.current === now) {
      if (now === 'back') lost.current = undefined
      return
    }
    const timer = setTimeout(() => {
      told.current = now
      const before = now === 'back' ? lost.current : undefined
      if (now === 'back') lost.current = undefined
      setNews({
        news: now,
        ...(before && { absence: absenceBetween(before, dispatch(sightNow)) }),
        ...(fetched.current !== undefined && { fetched: fetched.current }),
      })
    }, SETTLE_MS)
    return () => clearTimeout(timer)
  }, [dispatch, now, firstAttempt])
  return [news, useCallback(() => setNews(undefined), [])]
}

/** What the page holds now. References alone: nothing is copied. */
function sightNow(_dispatch: AppDispatch, getState: () => RootState): Sight {
  const state = getState()
  const { data } = notificationsApi.endpoints.notifications.select('all')(state)
  return {
    atMs: Date.now(),
    entities: state.devices.entities,
    notices: data?.pages.flatMap(({ items }) => items.map(({ id }) => id)) ?? [],
  }
}
