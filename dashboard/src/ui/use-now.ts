import { useSyncExternalStore } from 'react'

/** One timer for every age on the page; it runs only while somebody looks. */
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined
let nowMs = Date.now()

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    nowMs = Date.now()
    for (const each of listeners) each()
  }, 1_000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The time, ms since 1970, moving in steps of `everyMs` (a multiple of a second). */
export function useNow(everyMs = 1_000): number {
  return useSyncExternalStore(
    subscribe,
    () => Math.floor(currentMs() / everyMs) * everyMs,
    () => 0,
  )
}

/** Nobody listening means nobody turns the clock: look at the real one then. */
function currentMs(): number {
  if (timer === undefined) nowMs = Date.now()
  return nowMs
}
