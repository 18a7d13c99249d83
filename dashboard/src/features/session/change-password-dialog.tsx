import { Modal, PasswordInput, Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ApiError } from '../../api/api-error.js'
import { errorText } from '../../api/error-text.js'
import { fieldErrors } from '../../api/field-errors.js'
import { useAppDispatch } from '../../store.js'
import { DialogEnd } from '../../ui/dialog-end.js'
import { Form } from '../../ui/form.js'
import { changeOwnPassword } from './session-actions.js'

const PASSWORD_LENGTH = 10

/** One's own password: the current one, and a new one. */
export function ChangePasswordDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const dispatch = useAppDispatch()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<ApiError>()
  const [short, setShort] = useState(false)

  async function save(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const newPassword = String(form.get('newPassword'))
    setShort(newPassword.length < PASSWORD_LENGTH)
    if (newPassword.length < PASSWORD_LENGTH) return
    setBusy(true)
    const currentPassword = String(form.get('currentPassword'))
    const failure = await dispatch(changeOwnPassword({ currentPassword, newPassword }))
    setBusy(false)
    setError(failure)
    if (failure === undefined) onClose()
  }

  const wrong = error?.code === 'BAD_CREDENTIALS'
  const said = fieldErrors(error, t)
  const atField = wrong || said.currentPassword !== undefined || said.newPassword !== undefined
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('people.ownPassword')}
      closeButtonProps={{ 'aria-label': t('help.close') }}
    >
      <Form onSubmit={save}>
        <Stack gap="sm">
          <PasswordInput
            name="currentPassword"
            label={t('people.currentPassword')}
            autoComplete="current-password"
            error={wrong ? t('people.currentWrong') : said.currentPassword}
            data-autofocus
          />
          <PasswordInput
            name="newPassword"
            label={t('people.newPassword')}
            description={t('setup.passwordHint')}
            autoComplete="new-password"
            error={short ? t('setup.passwordShort') : said.newPassword}
          />
          <DialogEnd
            failure={
              error !== undefined && !atField
                ? t('people.failed', { reason: errorText(t, error) })
                : undefined
            }
            cancel={t('people.cancel')}
            submit={t('people.save')}
            busy={busy}
            onCancel={onClose}
          />
        </Stack>
      </Form>
    </Modal>
  )
}
