import { Button, PasswordInput, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Navigate, useSearchParams } from 'react-router'
import type { ApiError } from '../../api/api-error.js'
import { safeReturnPath } from '../../paths.js'
import { useAppDispatch, useAppSelector } from '../../store.js'
import { Form } from '../../ui/form.js'
import { useTitle } from '../frame/use-title.js'
import { logIn } from './session-actions.js'
import { useSetupStateQuery } from './session-api.js'
import { SessionCard } from './session-card.js'
import { useLoginReason } from './use-login-reason.js'

export function LoginPage() {
  const { t } = useTranslation()
  const [search] = useSearchParams()
  const dispatch = useAppDispatch()
  const session = useAppSelector((state) => state.session)
  const setup = useSetupStateQuery(undefined, { skip: session.status === 'signedIn' })
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<ApiError>()
  const [missing, setMissing] = useState<readonly string[]>([])
  const reason = useLoginReason(error)

  useTitle(t('login.title'))

  if (session.status === 'signedIn') return <Navigate to={safeReturnPath(search.get('from'))} replace />

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const credentials = {
      username: String(form.get('username')).trim(),
      password: String(form.get('password')),
    }
    const empty = Object.entries(credentials).flatMap(([name, value]) => (value === '' ? [name] : []))
    setMissing(empty)
    if (empty.length > 0) return
    setBusy(true)
    setError(undefined)
    const failure = await dispatch(logIn(credentials))
    setBusy(false)
    setError(failure)
  }

  const notice = reason ?? (setup.data?.needed ? t('login.setupNeeded') : undefined)
  return (
    <SessionCard
      title={t('login.title')}
      {...(notice !== undefined && { notice })}
      failed={reason !== undefined}
    >
      <Form onSubmit={submit}>
        <TextInput
          name="username"
          label={t('login.username')}
          autoComplete="username"
          autoFocus
          autoCapitalize="none"
          spellCheck={false}
          error={missing.includes('username') && t('login.required')}
        />
        <PasswordInput
          name="password"
          label={t('login.password')}
          autoComplete="current-password"
          error={missing.includes('password') && t('login.required')}
        />
        <Button type="submit" loading={busy} fullWidth>
          {t('login.submit')}
        </Button>
      </Form>
    </SessionCard>
  )
}
