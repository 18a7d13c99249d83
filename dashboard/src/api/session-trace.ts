/**
 * Whether this browser may hold a session. The refresh cookie itself is hidden from scripts, and asking the server
 * without one is an error on every first visit.
 */
export interface SessionTrace {
  present(): boolean
  leave(): void
  remove(): void
}

export const SESSION_KEY = 'iot.session'

/** `storage` may throw, where a browser refuses it: then a session is always possible. */
export function storedSessionTrace(storage: () => Storage): SessionTrace {
  const tried = <Result>(use: (store: Storage) => Result, refused: Result): Result => {
    try {
      return use(storage())
    } catch {
      return refused
    }
  }
  return {
    present: () => tried((store) => store.getItem(SESSION_KEY) !== null, true),
    leave: () => tried((store) => store.setItem(SESSION_KEY, '1'), undefined),
    remove: () => tried((store) => store.removeItem(SESSION_KEY), undefined),
  }
}
