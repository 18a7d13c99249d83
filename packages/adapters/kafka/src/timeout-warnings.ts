interface Warner {
  emitWarning(...args: unknown[]): void
}

const dropping = new WeakSet<Warner>()

/**
 * On Node 24 the client's timers are started with negative times, which is harmless (they fire at once) and
 * warned about on every connection. Other warnings pass.
 */
export function dropTimeoutWarnings(warner: Warner = process as Warner): void {
  if (dropping.has(warner)) return
  dropping.add(warner)
  const pass = warner.emitWarning.bind(warner)
  warner.emitWarning = (...args): void => {
    const [warning, kind] = args
    const name = warning instanceof Error ? warning.name : ((kind as { type?: string })?.type ?? kind)
    if (name !== 'TimeoutNegativeWarning') pass(...args)
  }
}
