/**
 * Counts events per key in fixed windows, for rate limits. Bounded: the adapter forgets ended windows.
 * In the fleet the count is shared by all processes.
 */
export interface RateCounter {
  /** Adds `by` (default 1) and answers the count of the running window and when it ends, ms from now. */
  hit(key: string, windowMs: number, by?: number): Promise<{ count: number; resetsInMs: number }>
  /** The count without adding. */
  peek(key: string): Promise<{ count: number; resetsInMs: number }>
  clear(key: string): Promise<void>
}
