import { StartError } from './app-error.js'
import type { Component } from './component.js'
import type { Logger } from './logger.js'
import { type RunningComponents, runComponents } from './run-components.js'

/** How long a graceful stop may take before the process ends itself. */
const STOP_LIMIT_MS = 10_000

/**
 * The life of a process: starts the components, waits for SIGTERM or SIGINT (or a component that fails),
 * stops them, ends. Exit codes: 0 after a wanted stop, 78 for a start that whoever runs it can mend, 1 for the
 * rest. A second signal ends the process at once.
 */
export async function runService(options: {
  log: Logger
  components: readonly Component[]
  onReady?: (running: RunningComponents) => void
  onDraining?: () => void
}): Promise<never> {
  const { log } = options
  const stopping = new AbortController()
  let signals = 0
  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.on(name, () => {
        signals += 1
        if (signals > 1) process.exit(130)
        stopping.abort()
        resolve(name)
      })
    }
  })
  const crashed = new Promise<never>((_, reject) => {
    process.on('uncaughtException', reject)
    process.on('unhandledRejection', reject)
  })
  crashed.catch(() => {})

  let code = 0
  let stop: (() => Promise<void>) | undefined
  try {
    const running = await Promise.race([
      runComponents(options.components, { log, signal: stopping.signal }),
      crashed,
    ])
    stop = running.stop
    options.onReady?.(running)
    const reason = await Promise.race([signalled, running.failed, crashed])
    log.info({ reason }, 'stopping')
  } catch (error) {
    if (signals === 0) code = reportFailure(error, log)
  }
  options.onDraining?.()
  stopping.abort()
  const limit = setTimeout(() => {
    log.error({ limitMs: STOP_LIMIT_MS }, 'the stop took too long')
    process.exit(code || 1)
  }, STOP_LIMIT_MS)
  limit.unref()
  await stop?.()
  log.info({ code }, 'stopped')
  process.exit(code)
}

function reportFailure(error: unknown, log: Logger): number {
  if (error instanceof StartError) {
    log.fatal(error.message)
    return error.exitCode
  }
  log.fatal({ err: error }, 'failed')
  return 1
}
