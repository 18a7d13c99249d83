import type { Clock, DeviceStore, ReadingStore } from '@iot/ports'
import type { Component, Logger } from '@iot/runtime'
import { createDevices } from './create-devices.js'
import { createFleet, type Fleet } from './fleet.js'
import { fillPast, type PastProgress } from './past.js'

const SEED = 20_240_501
const PAST_DAYS = 7
const PAST_STEP_MINUTES = 5
/** How often the progress of the past is told: every so many percent. */
const TELL_PERCENT = 10

export interface DemoDeps {
  /** Asked at the start, when the door is open. */
  url(): string
  /** how many */
  readonly devices: number
  readonly clock: Clock
  readonly logger: Logger
  /** Gives the devices their names and sites, as a person would; devices that exist are left as they are. */
  readonly deviceStore?: Pick<DeviceStore, 'create'>
  /** Tells which of the past is there already, so that a restart does not send it again. */
  readonly readings?: Pick<ReadingStore, 'read'>
  /** older readings would not be kept */
  readonly retentionDays?: number
  /** the topic on which a message names its device itself */
  readonly sharedTopic?: string
  /** moments a second at which each device measures */
  readonly rate?: number
}

/**
 * A simulated fleet over real MQTT: first the living devices, then their past of seven days in the background,
 * with its progress in the log. The start waits for neither.
 */
export function createDemo(deps: DemoDeps): Component {
  const { logger, clock, rate = 1, retentionDays = PAST_DAYS + 1, sharedTopic = 'sensor/data' } = deps
  const models = createDevices({ count: deps.devices, seed: SEED })
  const stopping = new AbortController()
  let fleet: Fleet | undefined
  let background: Promise<void> = Promise.resolve()

  async function nameDevices(): Promise<void> {
    for (const { deviceId, name, location, site, tags } of models) {
      await deps.deviceStore?.create({ deviceId, name, location, site, tags })
    }
  }

  function sendPast(url: string): Promise<PastProgress> {
    let told = 0
    return fillPast({
      url,
      sharedTopic,
      devices: models,
      days: Math.min(PAST_DAYS, retentionDays - 1),
      stepMinutes: PAST_STEP_MINUTES,
      seed: SEED,
      nowMs: clock.nowMs(),
      signal: stopping.signal,
      ...(deps.readings && { isStored }),
      onProgress({ done, total }) {
        const percent = Math.floor((100 * done) / total)
        if (percent < told + TELL_PERCENT) return
        told = percent - (percent % TELL_PERCENT)
        logger.info({ percent: told }, 'the past of the demo is being filled')
      },
    })
  }

  async function isStored(device: { deviceId: string }, sensorType: string, ms: number): Promise<boolean> {
    const { deviceId } = device
    const found = await deps.readings!.read({ deviceId, sensorType, fromMs: ms, toMs: ms + 1, limit: 1 })
    return found.length > 0
  }

  async function run(url: string): Promise<void> {
    await nameDevices()
    if (stopping.signal.aborted) return
    fleet = createFleet({
      ...{ url, sharedTopic, devices: models, rate, seed: SEED, clock },
      onError: (error) => logger.debug({ err: error }, 'a simulated device has lost its connection'),
    })
    fleet.start()
    logger.info({ devices: models.length, rate }, 'the demo’s devices are live')
    const { readingsSent } = await sendPast(url)
    logger.info({ readings: readingsSent }, 'the past of the demo is complete')
  }

  return {
    name: 'demo',
    async start() {
      background = run(deps.url()).catch((error) => {
        if (!stopping.signal.aborted) logger.warn({ err: error }, 'the demo is incomplete')
      })
    },
    async stop() {
      stopping.abort()
      await background
      await fleet?.stop()
    },
  }
}
