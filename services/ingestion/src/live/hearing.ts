import { type StatusRecord, TOPICS } from '@iot/contracts'
import type { EventLog } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { DeviceMemory } from './device-memory.js'

/** Records on their way at once; a device beyond is heard with its next reading. */
const OPEN_LIMIT = 1_000

/**
 * Says in the log that a device was heard which was not known to be online. The log then tells every reader,
 * this pipeline included. Once per device until the log has it.
 */
export function createHearing(deps: { log: EventLog; logger: Logger }) {
  const { log, logger } = deps
  let open = 0

  return function hear(device: DeviceMemory, at: string): void {
    if (device.hearing || open >= OPEN_LIMIT) return
    const record: StatusRecord = {
      deviceId: device.deviceId,
      status: 'online',
      // What was held up on its way came before it was missed.
      timestamp: device.isSilent && device.statusAt! > at ? device.statusAt! : at,
      cause: 'heard',
    }
    device.hearing = true
    open += 1
    log
      .append(TOPICS.deviceStatus, device.deviceId, record)
      .catch((error) => {
        device.hearing = false
        logger.warn({ err: error, deviceId: device.deviceId }, 'that a device was heard could not be logged')
      })
      .finally(() => {
        open -= 1
      })
  }
}
