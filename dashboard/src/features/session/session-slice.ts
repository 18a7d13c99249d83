import type { Role, SessionUser } from '@iot/contracts'
import { createSlice, type PayloadAction } from '@reduxjs/toolkit'

export interface SessionState {
  /** `unknown` until the refresh cookie has been tried; `ended` by itself: the page stays and asks for the password */
  status: 'unknown' | 'signedOut' | 'signedIn' | 'ended'
  /** of `signedIn` and `ended` */
  user?: SessionUser
}

const initialState: SessionState = { status: 'unknown' }

const slice = createSlice({
  name: 'session',
  initialState,
  reducers: {
    signedIn: (_state, action: PayloadAction<SessionUser>): SessionState => ({
      status: 'signedIn',
      user: action.payload,
    }),
    signedOut: (): SessionState => ({ status: 'signedOut' }),
    sessionEnded: (state) => {
      if (state.status === 'signedIn') state.status = 'ended'
    },
  },
})

export const { signedIn, signedOut, sessionEnded } = slice.actions
export const sessionReducer = slice.reducer

const RANK: Record<Role, number> = { user: 0, operator: 1, admin: 2 }

/** Whether two descriptions are of the same user under the same rights. */
export function isSameSession(one: SessionUser, other: SessionUser): boolean {
  return one.id === other.id && one.role === other.role && sitesOf(one) === sitesOf(other)
}

function sitesOf({ sites }: SessionUser): string {
  return sites === undefined ? '' : JSON.stringify([...sites].sort())
}

/** Whether the user's role is at least `role`. */
export function hasRole(user: SessionUser | undefined, role: Role): boolean {
  return user !== undefined && RANK[user.role] >= RANK[role]
}

export const selectUser = (state: { session: SessionState }) => state.session.user
