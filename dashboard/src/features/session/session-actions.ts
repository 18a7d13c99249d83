import type { LoginAnswer, SessionUser } from '@iot/contracts'
import type { ApiError } from '../../api/api-error.js'
import { api, TAGS } from '../../api/http-client.js'
import type { AppDeps, AppDispatch, RootState } from '../../store.js'
import { devicesCleared } from '../devices/devices-slice.js'
import { loadDevices } from '../devices/load-devices.js'
import { isSameSession, signedIn, signedOut } from './session-slice.js'

type Thunk<Result> = (dispatch: AppDispatch, getState: () => RootState, deps: AppDeps) => Promise<Result>

/** Takes up the session that the refresh cookie still holds, if it does. */
export function resumeSession(): Thunk<void> {
  return async (dispatch, _getState, { transport }) => {
    if (!transport.mayResume()) return void dispatch(signedOut())
    const result = await transport.refresh()
    dispatch(result.data === undefined ? signedOut() : signedIn(result.data.user))
  }
}

/**
 * The server has renewed the session and said whose it is. Another role or other sites: everything is read again
 * under them. Another user (who has logged in beside, in a tab of their own): nothing of the old one stays.
 */
export function followRenewal(user: SessionUser): Thunk<void> {
  return async (dispatch, getState) => {
    const { status, user: before } = getState().session
    if (before === undefined || (status === 'signedIn' && isSameSession(before, user))) return
    if (before.id !== user.id) dispatch(devicesCleared())
    dispatch(signedIn(user))
    if (before.id !== user.id) dispatch(api.util.resetApiState())
    else dispatch(api.util.invalidateTags([...TAGS]))
    await dispatch(loadDevices())
  }
}

/** Another tab may have logged in meanwhile: then the refresh cookie is good again. */
export function takeUpEnded(): Thunk<void> {
  return async (_dispatch, getState, { transport }) => {
    if (getState().session.status === 'ended') await transport.refresh()
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
  return async (dispatch, getState, { transport }) => {
    const result = await transport.request<LoginAnswer>({ path, method: 'POST', body })
    if (result.error !== undefined) return result.error
    transport.begin(result.data)
    if (getState().session.status === 'ended') void dispatch(followRenewal(result.data.user))
    else dispatch(signedIn(result.data.user))
    return undefined
  }
}

/** Undefined: changed, and the session goes on as a new one; all others of this user have ended. */
export function changeOwnPassword(passwords: {
  currentPassword: string
  newPassword: string
}): Thunk<ApiError | undefined> {
  return beginBy('/auth/password', passwords)
}

/** The server forgets the session; the page does so even when the server can't be reached. */
export function logOut(): Thunk<void> {
  return async (dispatch, _getState, { transport }) => {
    // Who logs out and closes the tab at once is logged out all the same.
    await transport.request({ path: '/auth/logout', method: 'POST', body: {}, keepalive: true })
    await dispatch(leave())
  }
}

/** The page forgets the session: of who logged out, or does not want to take up an ended one. */
export function leave(): Thunk<void> {
  return async (dispatch, _getState, { transport }) => {
    transport.end()
    dispatch(signedOut())
    dispatch(devicesCleared())
    dispatch(api.util.resetApiState())
  }
}
