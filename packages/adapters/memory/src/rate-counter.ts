import type { Clock, RateCounter } from '@iot/ports'

interface Window {
  count: number
  endsAtMs: number
}

/**
 * Counts in this process. Bounded: ended windows are forgotten when room is needed; at `maxKeys` running
 * windows the oldest key goes, because a flood of new keys must not cost memory.
 */
export function createMemoryRateCounter(options: { clock: Clock; maxKeys?: number }): RateCounter {
  const { clock } = options
  const maxKeys = options.maxKeys ?? 50_000
  const windows = new Map<string, Window>()

  function running(key: string): Window | undefined {
    const window = windows.get(key)
    if (window && window.endsAtMs > clock.nowMs()) return window
    windows.delete(key)
    return undefined
  }

  function makeRoom(): void {
    if (windows.size < maxKeys) return
    for (const [key, window] of windows) if (window.endsAtMs <= clock.nowMs()) windows.delete(key)
    for (const key of windows.keys()) {
      if (windows.size < maxKeys) return
      windows.delete(key)
    }
  }

  return {
    async hit(key, windowMs, by = 1) {
      let window = running(key)
      if (!window) {
        makeRoom()
        window = { count: 0, endsAtMs: clock.nowMs() + windowMs }
        windows.set(key, window)
      }
      window.count += by
      return { count: window.count, resetsInMs: window.endsAtMs - clock.nowMs() }
    },
    async peek(key) {
      const window = running(key)
      return window
        ? { count: window.count, resetsInMs: window.endsAtMs - clock.nowMs() }
        : { count: 0, resetsInMs: 0 }
    },
    async clear(key) {
      windows.delete(key)
    },
  }
}
