import type { Notification } from '@iot/contracts'
import { createSlice, type PayloadAction } from '@reduxjs/toolkit'

export interface NotificationsState {
  /** notices that came just now and are told in the corner, oldest first */
  toasts: readonly Notification[]
  /** who reads the list needs no toast */
  panelOpen: boolean
}

const initialState: NotificationsState = { toasts: [], panelOpen: false }

/** More at once would hide the page; the list has them all. */
const MOST_TOASTS = 3

const slice = createSlice({
  name: 'notifications',
  initialState,
  reducers: {
    noticeTold: (state, { payload }: PayloadAction<Notification>) => {
      if (state.panelOpen || state.toasts.some(({ id }) => id === payload.id)) return state
      return { ...state, toasts: [...state.toasts, payload].slice(-MOST_TOASTS) }
    },
    toastClosed: (state, { payload }: PayloadAction<string>) => ({
      ...state,
      toasts: state.toasts.filter(({ id }) => id !== payload),
    }),
    panelToggled: (_state, { payload }: PayloadAction<boolean>): NotificationsState => ({
      toasts: [],
      panelOpen: payload,
    }),
  },
})

export const { noticeTold, toastClosed, panelToggled } = slice.actions
export const notificationsReducer = slice.reducer
