/** Closed until it is opened, once. */
export interface Gate {
  /** Resolves when the gate is open, or when who waits has given up. */
  passed(signal?: AbortSignal): Promise<void>
  open(): void
}

export function createGate(): Gate {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return {
    open: () => open(),
    passed(signal) {
      if (signal === undefined) return opened
      if (signal.aborted) return Promise.resolve()
      const givenUp = new Promise<void>((resolve) =>
        signal.addEventListener('abort', () => resolve(), { once: true }),
      )
      return Promise.race([opened, givenUp])
    },
  }
}
