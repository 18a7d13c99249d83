/**
 * A part of a process that is started and stopped. `start` resolves when it does its work; `stop` when it
 * has flushed and closed, and is safe after a failed or half start.
 */
export interface Component {
  readonly name: string
  start(context: ComponentContext): Promise<void>
  stop(): Promise<void>
  /** How it is, without IO: what it found out by itself. Left out: healthy while started. */
  health?(): ComponentReport
}

export interface ComponentContext {
  /** Aborts when the process begins to stop. */
  readonly signal: AbortSignal
  /** The component can't go on: the process stops everything and ends with a non-zero code. */
  fail(error: unknown): void
}

export interface ComponentReport {
  readonly status: 'healthy' | 'degraded' | 'down'
  /** A short phrase of the component's own. Anybody may read it: no error's words, no hosts, no users. */
  readonly detail?: string
}
