import type { Reading, StatusEvent } from '@iot/contracts'
import { createAction } from '@reduxjs/toolkit'

/** What came since the last animation frame: at most one of these is dispatched per frame. */
export interface LiveFrame {
  /** the newest per sensor */
  readings: readonly Reading[]
  status: readonly StatusEvent[]
  /** readings that came, before all but the newest per sensor were put aside */
  points: number
  lastDataAtMs?: number
  delayMs?: number
}

export const liveFrame = createAction<LiveFrame>('live/frame')
