import { StartError } from './app-error.js'
import type { Component } from './component.js'
import type { Logger } from './logger.js'
import { type RunningComponents, runComponents } from './run-components.js'

/** How long a graceful stop may take before the process ends itself. */
const STOP_LIMIT_MS = 10_000

/**
 * The life of a process: starts the components, waits for SIGTERM or SIGINT (or a component that fails),
 * stops them, ends. Exit codes: 0 after a wanted stop, 78 for a start that whoever runs it can mend, 1 for the
 * rest. A second signal ends the process at once, and so does a stop that takes longer than 10 s, counted from
 * the signal, also where that came during the start.
 */
export async function runService(options: {
  log: Logger
  components: readonly Component[]
  onReady?: (running: RunningComponents) => void
  onDraining?: () => void
  stopLimitMs?: number
}): Promise<never> {
  const { log, stopLimitMs = STOP_LIMIT_MS } = options
  const stopping = new AbortController()
  let code = 0
  let signals = 0

  function beginStop(): void {
    if (stopping.signal.aborted) return
    stopping.abort()
    setTimeout(() => {
      log.error({ limitMs: stopLimitMs }, 'the stop took too long')
      process.exit(code || 1)
    }, stopLimitMs)
  }

  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.on(name, () => {
        signals += 1
        if (signals > 1) process.exit(130)
        beginStop()
        resolve(name)
      })
    }
  })
  const crashed = new Promise<never>((_, reject) => {
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (error: unknown) => {
        // While the process stops, nobody waits for this promise any more.
        if (stopping.signal.aborted) code = reportFailure(error, log)
        reject(error)
      })
    }
  })
  crashed.catch(() => {})

  const starting = runComponents(options.components, { log, signal: stopping.signal })
  try {
    const running = await Promise.race([starting, crashed])
    options.onReady?.(running)
    const reason = await Promise.race([signalled, running.failed, crashed])
    log.info({ reason }, 'stopping')
  } catch (error) {
    if (!stopping.signal.aborted) code = reportFailure(error, log)
  }
  options.onDraining?.()
  beginStop()
  // A start that is under way gives up at its next component, and takes back what it has begun.
  await starting.then(
    (running) => running.stop(),
    () => {},
  )
  log.info({ code }, 'stopped')
  process.exit(code)
}

/** What can be mended by whoever started the process is told in plain words too, for a person at a terminal. */
function reportFailure(error: unknown, log: Logger): number {
  if (error instanceof StartError) {
    log.fatal(error.message)
    process.stderr.write(`${error.message}\n`)
    return error.exitCode
  }
  log.fatal({ err: error }, 'failed')
  return 1
}
