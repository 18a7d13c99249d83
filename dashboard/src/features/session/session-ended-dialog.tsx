import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ApiError } from '../../api/api-error.js'
import { SESSION_KEY } from '../../api/session-trace.js'
import { useAppDispatch, useAppSelector } from '../../store.js'
import { leave, logIn, takeUpEnded } from './session-actions.js'
import { selectUser } from './session-slice.js'
import { useLoginReason } from './use-login-reason.js'

/** Asks for the password over the page. What the page was doing waits for it, and goes on afterwards. */
export function SessionEndedDialog() {
  const { t } = useTranslation()
  const dispatch = useAppDispatch()
  const username = useAppSelector(selectUser)?.username ?? ''
  const [busy, setBusy] = useState(false)
  const [missing, setMissing] = useState(false)
  const [error, setError] = useState<ApiError>()
  const reason = useLoginReason(error)
  useLoginElsewhere()

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const password = String(new FormData(event.currentTarget).get('password'))
    setMissing(password === '')
    setError(undefined)
    if (password === '') return
    setBusy(true)
    const failure = await dispatch(logIn({ username, password }))
    setBusy(false)
    setError(failure)
  }

  return (
    <Modal
      opened
      centered
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={t('login.endedTitle')}
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <Text size="sm">{t('login.endedDetail')}</Text>
          <TextInput
            name="username"
            label={t('login.username')}
            autoComplete="username"
            value={username}
            readOnly
          />
          <PasswordInput
            name="password"
            label={t('login.password')}
            autoComplete="current-password"
            error={missing ? t('login.required') : reason}
            data-autofocus
          />
          <Group justify="space-between" gap="xs">
            <Button variant="default" onClick={() => void dispatch(leave())}>
              {t('login.somebodyElse')}
            </Button>
            <Button type="submit" loading={busy}>
              {t('login.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** Logged in again in another tab: this one goes on by itself. */
function useLoginElsewhere(): void {
  const dispatch = useAppDispatch()
  useEffect(() => {
    function onStorage(event: StorageEvent): void {
      if (event.key === SESSION_KEY && event.newValue !== null) void dispatch(takeUpEnded())
    }
    addEventListener('storage', onStorage)
    return () => removeEventListener('storage', onStorage)
  }, [dispatch])
}
