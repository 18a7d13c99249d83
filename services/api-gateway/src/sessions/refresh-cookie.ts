import type { RefreshCookie } from '../route.js'

export const REFRESH_COOKIE = 'iot_refresh'

/**
 * A change of the cookie as its value and attributes: not readable by scripts, not sent from other sites'
 * pages, sent to nothing but the session's own routes, and under TLS never without it.
 */
export function writeRefreshCookie(change: RefreshCookie, secure: boolean) {
  const attributes = { path: '/api/auth', httpOnly: true, sameSite: 'strict', secure } as const
  return 'clear' in change
    ? { value: '', attributes: { ...attributes, maxAge: 0 } }
    : { value: change.set, attributes: { ...attributes, maxAge: change.maxAgeSeconds } }
}
