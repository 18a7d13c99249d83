import { useTranslation } from 'react-i18next'
import type { ApiError } from '../../api/api-error.js'
import { problemText } from '../../i18n/problem-text.js'
import { useFormat } from '../../ui/format.js'

/** Why logging in failed, in the reader's words. */
export function useLoginReason(error: ApiError | undefined): string | undefined {
  const { t } = useTranslation()
  const format = useFormat()
  if (error === undefined) return undefined
  const wait = format.duration(error.retryAfterMs ?? 60_000)
  if (error.code === 'BAD_CREDENTIALS') return t('login.badCredentials')
  if (error.code === 'LOGIN_THROTTLED') return t('login.throttled', { wait })
  if (error.code === 'RATE_LIMITED') return t('login.rateLimited', { wait })
  if (error.code === 'NETWORK') return t('login.network')
  return t('login.failed', { reason: problemText(t, error) })
}
