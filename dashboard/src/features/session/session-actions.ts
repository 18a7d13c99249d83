import type { LoginAnswer } from '@iot/contracts'
import type { ApiError } from '../../api/api-error.js'
import { api } from '../../api/http-client.js'
import type { AppDeps, AppDispatch, RootState } from '../../store.js'
import { signedIn, signedOut } from './session-slice.js'

type Thunk<Result> = (dispatch: AppDispatch, getState: () => RootState, deps: AppDeps) => Promise<Result>

/** Takes up the session that the refresh cookie still holds, if it does. */
export function resumeSession(): Thunk<void> {
  return async (dispatch, _getState, { transport }) => {
    if (!transport.mayResume()) return void dispatch(signedOut())
    const result = await transport.refresh()
    dispatch(result.data === undefined ? signedOut() : signedIn(result.data.user))
  }
}

/** Undefined: signed in. Otherwise why not. */
export function logIn(credentials: { username: string; password: string }): Thunk<ApiError | undefined> {
  return beginBy('/auth/login', credentials)
}

/** Makes the first administrator and signs them in. */
export function setUp(account: {
  token: string
  username: string
  password: string
}): Thunk<ApiError | undefined> {
  return beginBy('/setup', account)
}

function beginBy(path: string, body: unknown): Thunk<ApiError | undefined> {
  return async (dispatch, _getState, { transport }) => {
    const result = await transport.request<LoginAnswer>({ path, method: 'POST', body })
    if (result.error !== undefined) return result.error
    transport.begin(result.data)
    dispatch(signedIn(result.data.user))
    return undefined
  }
}

/** The server forgets the session; the page does so even when the server can't be reached. */
export function logOut(): Thunk<void> {
  return async (dispatch, _getState, { transport }) => {
    await transport.request({ path: '/auth/logout', method: 'POST', body: {} })
    transport.end()
    dispatch(signedOut())
    dispatch(api.util.resetApiState())
  }
}
