/** A timer may be this much early: the tick that it was set for is not ticked twice. */
const EARLY_MS = 10

/**
 * Ticks at the same places of the wall clock in every process, `offsetMs` after each multiple of `everyMs`. Without that
 * a timer's period is a little longer than asked for, and where its ticks lie between what comes is luck.
 */
export function startTicker(options: { everyMs: number; offsetMs: number; tick(): void }): () => void {
  const { everyMs, offsetMs, tick } = options
  let timer: NodeJS.Timeout

  function wait(): void {
    const leftMs = everyMs - ((Date.now() - offsetMs) % everyMs)
    timer = setTimeout(next, leftMs < EARLY_MS ? leftMs + everyMs : leftMs).unref()
  }

  function next(): void {
    wait()
    tick()
  }

  wait()
  return () => clearTimeout(timer)
}
