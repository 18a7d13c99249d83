import { Button, PasswordInput, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Navigate, useLocation } from 'react-router'
import type { ApiError } from '../../api/api-error.js'
import { problemText } from '../../i18n/problem-text.js'
import { paths } from '../../paths.js'
import { useAppDispatch, useAppSelector } from '../../store.js'
import { Form } from '../../ui/form.js'
import { useTitle } from '../frame/use-title.js'
import { logIn, setUp } from './session-actions.js'
import { useSetupStateQuery } from './session-api.js'
import { SessionCard } from './session-card.js'

const USERNAME = /^[A-Za-z0-9_.@-]{1,64}$/
const PASSWORD_LENGTH = 10

/** The first administrator. The token comes in the address's fragment, which no server ever sees. */
export function SetupPage() {
  const { t } = useTranslation()
  const token = new URLSearchParams(useLocation().hash.slice(1)).get('token')
  const signedIn = useAppSelector((state) => state.session.status === 'signedIn')
  const setup = useSetupStateQuery()
  const dispatch = useAppDispatch()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<ApiError>()
  const [faults, setFaults] = useState<Faults>({})

  useTitle(t('setup.title'))

  if (signedIn) return <Navigate to={paths.overview()} replace />
  if (setup.data?.needed === false) {
    return (
      <SessionCard title={t('setup.title')} notice={t('setup.done')}>
        <Button component="a" href={paths.login()} fullWidth>
          {t('login.title')}
        </Button>
      </SessionCard>
    )
  }

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const account = { username: String(form.get('username')).trim(), password: String(form.get('password')) }
    const found = faultsOf(account, String(form.get('repeat')))
    setFaults(found)
    if (token === null || Object.keys(found).length > 0) return
    setBusy(true)
    const failure = await dispatch(setUp({ token, ...account }))
    // An answer that was lost on the way: the account may stand already.
    const lost = failure?.code === 'SETUP_TOKEN_INVALID' && (await dispatch(logIn(account))) === undefined
    setBusy(false)
    setError(lost ? undefined : failure)
  }

  const notice =
    token === null
      ? t('setup.noToken')
      : error === undefined
        ? t('setup.intro')
        : error.code === 'SETUP_TOKEN_INVALID'
          ? t('setup.badToken')
          : problemText(t, error)
  return (
    <SessionCard title={t('setup.title')} notice={notice} failed={error !== undefined || token === null}>
      <Form onSubmit={submit}>
        <TextInput
          name="username"
          label={t('setup.username')}
          description={t('setup.usernameHint')}
          autoComplete="username"
          autoCapitalize="none"
          error={faults.username && t(faults.username)}
        />
        <PasswordInput
          name="password"
          label={t('setup.password')}
          description={t('setup.passwordHint')}
          autoComplete="new-password"
          error={faults.password && t(faults.password)}
        />
        <PasswordInput
          name="repeat"
          label={t('setup.repeat')}
          autoComplete="new-password"
          error={faults.repeat && t(faults.repeat)}
        />
        <Button type="submit" loading={busy} disabled={token === null} fullWidth>
          {t('setup.submit')}
        </Button>
      </Form>
    </SessionCard>
  )
}

interface Faults {
  username?: 'setup.usernameBad'
  password?: 'setup.passwordShort'
  repeat?: 'setup.mismatch'
}

function faultsOf({ username, password }: { username: string; password: string }, repeat: string): Faults {
  return {
    ...(!USERNAME.test(username) && { username: 'setup.usernameBad' as const }),
    ...(password.length < PASSWORD_LENGTH && { password: 'setup.passwordShort' as const }),
    ...(repeat !== password && { repeat: 'setup.mismatch' as const }),
  }
}
