import type { Component, ComponentReport } from './component.js'
import type { Logger } from './logger.js'

export interface RunningComponents {
  /** Stops in reverse order of start; one that fails to stop is logged and does not keep the others. */
  stop(): Promise<void>
  reports(): Record<string, ComponentReport>
  /** Rejects when a component has failed while running; never resolves. */
  readonly failed: Promise<never>
}

/**
 * Starts components in order. When one fails to start, those before it are stopped in reverse and the
 * error is thrown. `signal` aborting does not stop them: call `stop`.
 */
export async function runComponents(
  components: readonly Component[],
  deps: { log: Logger; signal: AbortSignal },
): Promise<RunningComponents> {
  const started: Component[] = []
  let fail: (error: unknown) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => {})

  for (const component of components) {
    const begin = performance.now()
    try {
      deps.signal.throwIfAborted()
      await component.start({ signal: deps.signal, fail })
    } catch (error) {
      await stopAll([...started, component], deps.log)
      throw error
    }
    started.push(component)
    deps.log.debug(
      { component: component.name, ms: Math.round(performance.now() - begin) },
      'component started',
    )
  }

  let stopping: Promise<void> | undefined
  return {
    failed,
    stop: () => {
      stopping ??= stopAll(started, deps.log)
      return stopping
    },
    reports: () =>
      Object.fromEntries(
        started.map((component) => [component.name, component.health?.() ?? { status: 'healthy' }]),
      ),
  }
}

async function stopAll(components: readonly Component[], log: Logger): Promise<void> {
  for (const component of [...components].reverse()) {
    try {
      await component.stop()
      log.debug({ component: component.name }, 'component stopped')
    } catch (error) {
      log.error({ component: component.name, err: error }, 'component failed to stop')
    }
  }
}
