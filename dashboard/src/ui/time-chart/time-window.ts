/** What span of time a view shows: the last so many ms, moving with the clock, or a fixed one. */
export type TimeWindow =
  | { readonly kind: 'last'; readonly ms: number }
  | { readonly kind: 'fixed'; readonly fromMs: number; readonly toMs: number }

export function windowSpanMs(window: TimeWindow): number {
  return window.kind === 'last' ? window.ms : window.toMs - window.fromMs
}

/**
 * The edges at `nowMs`. A device's clock may run a little ahead of the viewer's: the right edge of a moving
 * window is never before its newest reading, as long as that is within a minute.
 */
export function windowEdges(
  window: TimeWindow,
  nowMs: number,
  newestMs?: number,
): [fromMs: number, toMs: number] {
  if (window.kind === 'fixed') return [window.fromMs, window.toMs]
  const ahead = newestMs !== undefined && newestMs > nowMs && newestMs - nowMs <= 60_000
  const toMs = ahead ? newestMs : nowMs
  return [toMs - window.ms, toMs]
}
