/** Waits, or returns at once when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}

/** Resolves with true when the promise settles within the time, with false when it does not. Never rejects. */
export async function settledWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const given = new AbortController()
  const settled = promise.then(
    () => true,
    () => true,
  )
  try {
    return await Promise.race([settled, pause(ms, given.signal).then(() => false)])
  } finally {
    given.abort()
  }
}
