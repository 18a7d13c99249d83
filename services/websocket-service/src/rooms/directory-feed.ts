import type { Clock, DeviceSite, DeviceStore } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { DeviceDirectory, Moves } from './device-directory.js'

/** Between two questions whether a device has moved. */
const EVERY_MS = 2_000
const PAGE = 5_000
/** How long the start waits for the first answer. */
const PATIENCE_MS = 3_000

export interface DirectoryFeedDeps {
  readonly devices: Pick<DeviceStore, 'listSites' | 'sitesVersion'>
  readonly directory: DeviceDirectory
  /** Puts moves in force; called only where there are some. */
  move(moves: Moves): void
  readonly maxDevices: number
  readonly clock: Clock
  readonly logger: Logger
  readonly everyMs?: number | undefined
  readonly patienceMs?: number | undefined
}

export interface DirectoryFeed {
  /** Resolves when the sites are known, or after seconds without an answer. */
  start(): Promise<void>
  stop(): void
  /** When the store last said where devices are; before the first time, the beginning. */
  heardAtMs(): number
}

/**
 * Keeps the directory in step with the store: a device that moves is elsewhere within seconds. While the store is away
 * devices stay where they were. Beyond `maxDevices` devices are unknown.
 */
export function createDirectoryFeed(deps: DirectoryFeedDeps): DirectoryFeed {
  const { directory, logger, everyMs = EVERY_MS, patienceMs = PATIENCE_MS } = deps
  let timer: NodeJS.Timeout | undefined
  let known: string | undefined
  let heardAtMs = deps.clock.nowMs()
  let isFailing = false
  let isStopped = false

  async function follow(): Promise<void> {
    const version = await deps.devices.sitesVersion()
    if (version !== known) {
      const moves = directory.compare(await readAll(deps))
      if (isStopped) return
      if (moves.size > 0) deps.move(moves)
      logger.debug({ moves: moves.size, devices: directory.size }, 'sites of devices')
      // A device that moved while the list was being read has another version than this one: read again.
      known = version
    }
    heardAtMs = deps.clock.nowMs()
  }

  async function turn(): Promise<void> {
    try {
      await follow()
      if (isFailing) logger.info('the sites of devices can be read again')
      isFailing = false
    } catch (error) {
      const words = 'the sites of devices can’t be read: they stay as they were known'
      logger[isFailing ? 'debug' : 'warn']({ err: error }, words)
      isFailing = true
    }
    if (!isStopped) timer = setTimeout(() => void turn(), everyMs).unref()
  }

  return {
    async start() {
      isStopped = false
      let patience: NodeJS.Timeout | undefined
      const waited = new Promise<void>((resolve) => {
        patience = setTimeout(resolve, patienceMs)
      })
      await Promise.race([turn(), waited])
      clearTimeout(patience)
    },
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
    heardAtMs: () => heardAtMs,
  }
}

async function readAll({ devices, maxDevices, logger }: DirectoryFeedDeps): Promise<DeviceSite[]> {
  const list: DeviceSite[] = []
  for (;;) {
    const after = list.at(-1)?.deviceId
    const limit = Math.min(PAGE, maxDevices + 1 - list.length)
    const page = await devices.listSites({ limit, ...(after !== undefined && { after }) })
    list.push(...page)
    if (list.length > maxDevices) {
      logger.warn(
        { maxDevices },
        'more devices have a site than MAX_DEVICES: the rest is hidden from some users',
      )
      return list.slice(0, maxDevices)
    }
    if (page.length < limit) return list
  }
}
