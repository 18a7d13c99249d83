import type { LiveConnection } from '@iot/client'
import { createSlice, type PayloadAction } from '@reduxjs/toolkit'
import { liveFrame } from './live-frame.js'

export interface ConnectionState extends LiveConnection {
  /** device to screen, ms, smoothed; undefined until a reading has come */
  delayMs?: number
  /** readings shown since the page was opened */
  points: number
  paused: boolean
  pausedAtMs?: number
  /** readings that came while paused and wait to be shown */
  behind: number
}

const initialState: ConnectionState = { state: 'connecting', points: 0, paused: false, behind: 0 }

/** Weight of the newest delay: a minute of one-second batches settles it. */
const DELAY_WEIGHT = 0.2

const slice = createSlice({
  name: 'connection',
  initialState,
  reducers: {
    connectionChanged: (state, action: PayloadAction<LiveConnection>) => ({
      points: state.points,
      paused: state.paused,
      behind: state.behind,
      ...(state.pausedAtMs !== undefined && { pausedAtMs: state.pausedAtMs }),
      ...(state.delayMs !== undefined && { delayMs: state.delayMs }),
      ...(state.lastDataAtMs !== undefined && { lastDataAtMs: state.lastDataAtMs }),
      ...action.payload,
    }),
    paused: (state, action: PayloadAction<{ atMs: number }>) => {
      state.paused = true
      state.pausedAtMs = action.payload.atMs
    },
    resumed: (state) => {
      state.paused = false
      state.behind = 0
      delete state.pausedAtMs
    },
    fellBehind: (state, action: PayloadAction<{ behind: number }>) => {
      state.behind = action.payload.behind
    },
  },
  extraReducers: (builder) => {
    builder.addCase(liveFrame, (state, { payload }) => {
      state.points += payload.points
      if (payload.lastDataAtMs !== undefined) state.lastDataAtMs = payload.lastDataAtMs
      if (payload.delayMs !== undefined) {
        state.delayMs =
          state.delayMs === undefined
            ? payload.delayMs
            : state.delayMs + (payload.delayMs - state.delayMs) * DELAY_WEIGHT
      }
    })
  },
})

export const { connectionChanged, paused, resumed, fellBehind } = slice.actions
export const connectionReducer = slice.reducer
export const selectConnection = (state: { connection: ConnectionState }) => state.connection
export const selectPaused = (state: { connection: ConnectionState }) => state.connection.paused
