import type { Role, SessionUser } from '@iot/contracts'
import { createSlice, type PayloadAction } from '@reduxjs/toolkit'

export interface SessionState {
  /** `unknown` until the refresh cookie has been tried */
  status: 'unknown' | 'signedOut' | 'signedIn'
  user?: SessionUser
  /** it ended by itself: say so on the login page */
  ended: boolean
}

const initialState: SessionState = { status: 'unknown', ended: false }

const slice = createSlice({
  name: 'session',
  initialState,
  reducers: {
    signedIn: (_state, action: PayloadAction<SessionUser>): SessionState => ({
      status: 'signedIn',
      user: action.payload,
      ended: false,
    }),
    signedOut: (_state, action: PayloadAction<{ ended: boolean } | undefined>): SessionState => ({
      status: 'signedOut',
      ended: action.payload?.ended ?? false,
    }),
  },
})

export const { signedIn, signedOut } = slice.actions
export const sessionReducer = slice.reducer

const RANK: Record<Role, number> = { user: 0, operator: 1, admin: 2 }

/** Whether the user's role is at least `role`. */
export function hasRole(user: SessionUser | undefined, role: Role): boolean {
  return user !== undefined && RANK[user.role] >= RANK[role]
}

export const selectUser = (state: { session: SessionState }) => state.session.user
