let isDropping = false

/**
 * On Node 24 the client's timers are started with negative times, which is harmless (they fire at once) and
 * warned about on every connection. Other warnings pass.
 */
export function dropTimeoutWarnings(): void {
  if (isDropping) return
  isDropping = true
  const emitWarning = process.emitWarning.bind(process) as (...args: unknown[]) => void
  process.emitWarning = (...args: unknown[]): void => {
    const [warning, kind] = args
    const name = warning instanceof Error ? warning.name : ((kind as { type?: string })?.type ?? kind)
    if (name !== 'TimeoutNegativeWarning') emitWarning(...args)
  }
}
