import { createFrameTicker } from './frame-ticker.js'

/** The one ticker of the page: charts and sparklines share its frames. */
export const sharedTicker = createFrameTicker({
  requestFrame: (callback) => requestAnimationFrame(callback),
  setTimer: (callback, ms) => setTimeout(callback, ms),
  clearTimer: (timer) => clearTimeout(timer as number),
  nowMs: () => performance.now(),
})
