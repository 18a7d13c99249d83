import { ActionIcon, UnstyledButton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useAppDispatch, useAppSelector } from '../../store.js'
import { Choice } from '../../ui/choice.js'
import { CornerPanel } from '../../ui/corner-panel.js'
import { Icon } from '../../ui/icon.js'
import { AlertChoices } from '../alerts/alert-choices.js'
import {
  type ColorScheme,
  type Density,
  type Language,
  preferencesChanged,
  selectPreferences,
  type TimeZone,
} from '../preferences/preferences-slice.js'
import { logOut } from '../session/session-actions.js'
import { selectUser } from '../session/session-slice.js'
import classes from './user-menu.module.css'

export function UserMenu({ onHelp, onPassword }: { onHelp: () => void; onPassword: () => void }) {
  const { t } = useTranslation()
  const dispatch = useAppDispatch()
  const user = useAppSelector(selectUser)
  const label = t('nav.menu', { name: user?.username ?? '' })
  return (
    <CornerPanel
      label={label}
      trigger={(props) => (
        <ActionIcon {...props} variant="subtle" color="gray" size="lg" aria-label={label}>
          <Icon name="user" size={18} />
        </ActionIcon>
      )}
    >
      {(close) => (
        <>
          <div className={classes.who}>
            <strong>{user?.username}</strong> <span>{user && t(`people.roles.${user.role}`)}</span>
          </div>
          <DisplayChoices />
          <UnstyledButton
            className={classes.item}
            onClick={() => {
              close()
              onHelp()
            }}
          >
            {t('nav.help')} <kbd>?</kbd>
          </UnstyledButton>
          <UnstyledButton
            className={classes.item}
            onClick={() => {
              close()
              onPassword()
            }}
          >
            {t('people.ownPassword')}
          </UnstyledButton>
          <UnstyledButton className={classes.item} onClick={() => void dispatch(logOut())}>
            {t('nav.logout')}
          </UnstyledButton>
        </>
      )}
    </CornerPanel>
  )
}

function DisplayChoices() {
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
