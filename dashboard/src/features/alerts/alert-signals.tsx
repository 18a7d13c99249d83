import type { Alert } from '@iot/contracts'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import { selectPreferences } from '../preferences/preferences-slice.js'
import { createAlertSignals, type AlertSignals as Signals } from './create-alert-signals.js'
import { playAlertSound } from './play-alert-sound.js'
import { useAlertLink } from './use-alert-link.js'

/** Sound and desktop notifications, as the viewer wants them. It shows nothing. */
export function AlertSignals() {
  const opened = useAppSelector((state) => state.alerts.opened)
  const preferences = useAppSelector(selectPreferences)
  const notify = useNotify()
  const newest = useRef({ preferences, notify })
  useEffect(() => {
    newest.current = { preferences, notify }
  })
  const signals = useRef<Signals>(undefined)
  const told = useRef(opened)
  useEffect(() => {
    signals.current ??= createAlertSignals({
      sound: () => newest.current.preferences.alertSound,
      desktop: () => newest.current.preferences.alertDesktop,
      play: (severity) => {
        playAlertSound(severity).catch((error: unknown) => console.warn('the alert sound failed', error))
      },
      notify: (alerts) => newest.current.notify(alerts),
      nowMs: () => performance.now(),
      setTimer: (run, ms) => void setTimeout(run, ms),
    })
    if (told.current === opened) return
    told.current = opened
    signals.current.tell(opened)
  }, [opened])
  return null
}

/** Tells the desktop of them as one; a click brings the page to front and opens it. */
function useNotify(): (alerts: readonly Alert[]) => void {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const linkTo = useAlertLink()
  return (alerts) => {
    const [first] = alerts
    // Who looks at the page sees it there.
    if (first === undefined || typeof Notification === 'undefined' || document.hasFocus()) return
    if (Notification.permission !== 'granted') return
    const single = alerts.length === 1
    const shown = new Notification(
      single ? first.message : t('alerts.several', { count: alerts.length }),
      // Several tabs, one notification.
      { tag: first.alertId, body: single ? t(`alerts.severity.${first.severity}`) : first.message },
    )
    shown.onclick = () => {
      window.focus()
      void navigate(single ? linkTo(first) : paths.alerts())
      shown.close()
    }
  }
}
