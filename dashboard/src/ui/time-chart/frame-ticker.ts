/** Something that draws itself when asked, and says when it wants to be asked again. */
export interface Drawable {
  /** Draws, and returns when to draw next without being invalidated (ms, same clock): Infinity for never. */
  draw(nowMs: number): number
}

export interface FrameTickerDeps {
  readonly requestFrame: (callback: () => void) => void
  readonly setTimer: (callback: () => void, ms: number) => unknown
  readonly clearTimer: (timer: unknown) => void
  /** a clock that never jumps, ms */
  readonly nowMs: () => number
  /** how much of a frame all drawing together may take, ms; the rest waits for the next frame */
  readonly budgetMs?: number
}

export interface FrameTicker {
  /**
   * Draw at the next frame that has room, or at the first after `atMs` (same clock). However often it is said, it is
   * drawn once, at the earliest of the times.
   */
  invalidate(drawable: Drawable, atMs?: number): void
  remove(drawable: Drawable): void
}

/**
 * One animation frame for everything that draws on canvases: updates that arrive between two frames cost one
 * drawing, and a page of charts cannot make a frame long, because what does not fit waits for the next one,
 * longest waiting first. Nothing is scheduled while nothing is due.
 */
export function createFrameTicker(deps: FrameTickerDeps): FrameTicker {
  const budgetMs = deps.budgetMs ?? 8
  const due = new Map<Drawable, number>()
  let framePending = false
  let timer: unknown
  let timerDueMs = Number.POSITIVE_INFINITY

  function frame(): void {
    framePending = false
    const startMs = deps.nowMs()
    const ready = [...due].filter(([, atMs]) => atMs <= startMs).sort((a, b) => a[1] - b[1])
    for (const [drawable] of ready) {
      if (!due.has(drawable)) continue
      due.delete(drawable)
      const nextMs = drawable.draw(startMs)
      // What was invalidated while it drew keeps the earlier time.
      if (nextMs < (due.get(drawable) ?? Number.POSITIVE_INFINITY)) due.set(drawable, nextMs)
      if (deps.nowMs() - startMs >= budgetMs) break
    }
    schedule()
  }

  function schedule(): void {
    if (framePending || due.size === 0) return
    const nowMs = deps.nowMs()
    const earliestMs = Math.min(...due.values())
    if (earliestMs <= nowMs) {
      framePending = true
      deps.requestFrame(frame)
    } else if (earliestMs < timerDueMs && earliestMs !== Number.POSITIVE_INFINITY) {
      if (timer !== undefined) deps.clearTimer(timer)
      timerDueMs = earliestMs
      timer = deps.setTimer(wake, earliestMs - nowMs)
    }
  }

  function wake(): void {
    timer = undefined
    timerDueMs = Number.POSITIVE_INFINITY
    schedule()
  }

  return {
    invalidate(drawable, atMs = deps.nowMs()) {
      if ((due.get(drawable) ?? Number.POSITIVE_INFINITY) <= atMs) return
      due.set(drawable, atMs)
      schedule()
    },
    remove(drawable) {
      due.delete(drawable)
      if (due.size === 0 && timer !== undefined) {
        deps.clearTimer(timer)
        wake()
      }
    },
  }
}
