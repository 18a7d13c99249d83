import { ActionIcon, UnstyledButton } from '@mantine/core'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { loadPart } from '../../load-part.js'
import { useAppDispatch, useAppSelector } from '../../store.js'
import { CornerPanel } from '../../ui/corner-panel.js'
import { Icon } from '../../ui/icon.js'
import { LoadingState } from '../../ui/states.js'
import { logOut } from '../session/session-actions.js'
import { selectUser } from '../session/session-slice.js'
import classes from './user-menu.module.css'

const DisplayChoices = loadPart(async () => (await import('./display-choices.js')).DisplayChoices)
/** As high as they will be, so that what is below does not jump. */
const CHOICES_PX = 360

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
          <Suspense fallback={<LoadingState heightPx={CHOICES_PX} rows={6} />}>
            <DisplayChoices />
          </Suspense>
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
