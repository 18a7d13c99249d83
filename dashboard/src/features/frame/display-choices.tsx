import { useTranslation } from 'react-i18next'
import { useAppDispatch, useAppSelector } from '../../store.js'
import { Choice } from '../../ui/choice.js'
import { AlertChoices } from '../alerts/alert-choices.js'
import {
  type ColorScheme,
  type Density,
  type Language,
  preferencesChanged,
  selectPreferences,
  type TimeZone,
} from '../preferences/preferences-slice.js'
import classes from './user-menu.module.css'

/** How the page looks and sounds to this viewer, on this machine. */
export function DisplayChoices() {
  const { t } = useTranslation()
  const dispatch = useAppDispatch()
  const preferences = useAppSelector(selectPreferences)
  return (
    <div className={classes.choices}>
      <Choice<ColorScheme>
        label={t('preferences.colorScheme')}
        value={preferences.colorScheme}
        options={{ auto: t('preferences.auto'), light: t('preferences.light'), dark: t('preferences.dark') }}
        onChange={(colorScheme) => dispatch(preferencesChanged({ colorScheme }))}
      />
      <Choice<Density>
        label={t('preferences.density')}
        value={preferences.density}
        options={{ comfortable: t('preferences.comfortable'), compact: t('preferences.compact') }}
        onChange={(density) => dispatch(preferencesChanged({ density }))}
      />
      <Choice<Language>
        label={t('preferences.language')}
        value={preferences.language}
        options={{ en: 'English', vi: 'Tiếng Việt' }}
        onChange={(language) => dispatch(preferencesChanged({ language }))}
      />
      <Choice<TimeZone>
        label={t('preferences.timeZone')}
        value={preferences.timeZone}
        options={{ local: t('preferences.local'), utc: t('preferences.utc') }}
        onChange={(timeZone) => dispatch(preferencesChanged({ timeZone }))}
      />
      <AlertChoices />
    </div>
  )
}
