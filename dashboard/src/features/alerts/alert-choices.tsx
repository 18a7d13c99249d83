import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAppDispatch, useAppSelector } from '../../store.js'
import { Choice } from '../../ui/choice.js'
import { type Loudness, preferencesChanged, selectPreferences } from '../preferences/preferences-slice.js'
import classes from './alert-choices.module.css'
import { playAlertSound } from './play-alert-sound.js'

/** How loud alerts are. The browser is asked for its permission by this click, and never by itself. */
export function AlertChoices() {
  const { t } = useTranslation()
  const dispatch = useAppDispatch()
  const { alertSound, alertDesktop } = useAppSelector(selectPreferences)
  const [hint, setHint] = useState<string>()
  const options: Record<Loudness, string> = {
    off: t('alerts.loudness.off'),
    critical: t('alerts.loudness.critical'),
    all: t('alerts.loudness.all'),
  }
  async function chooseDesktop(wanted: Loudness): Promise<void> {
    const refused = wanted === 'off' ? undefined : await askForNotifications()
    setHint(refused === undefined ? undefined : t(refused))
    dispatch(preferencesChanged({ alertDesktop: refused === undefined ? wanted : 'off' }))
  }
  function chooseSound(wanted: Loudness): void {
    dispatch(preferencesChanged({ alertSound: wanted }))
    setHint(wanted === 'off' ? undefined : t('alerts.soundHint'))
    if (wanted !== 'off') void playAlertSound('warning').catch(() => setHint(t('alerts.soundHint')))
  }
  return (
    <>
      <Choice<Loudness>
        label={t('alerts.sound')}
        value={alertSound}
        options={options}
        onChange={chooseSound}
      />
      <Choice<Loudness>
        label={t('alerts.desktop')}
        value={alertDesktop}
        options={options}
        onChange={(wanted) => void chooseDesktop(wanted)}
      />
      {hint !== undefined && (
        <p className={classes.hint} role="status">
          {hint}
        </p>
      )}
    </>
  )
}

type Refusal = 'alerts.desktopImpossible' | 'alerts.desktopRefused'

async function askForNotifications(): Promise<Refusal | undefined> {
  if (typeof Notification === 'undefined' || !isSecureContext) return 'alerts.desktopImpossible'
  return (await Notification.requestPermission()) === 'granted' ? undefined : 'alerts.desktopRefused'
}
