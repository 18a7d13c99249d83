import type { FleetChannel } from '@iot/ports'
import type { Logger } from '@iot/runtime'

/**
 * Has the connections ended at once that a removed credential let in. Lost, the word is made up for within seconds:
 * whoever let them in looks for themselves, too.
 */
export async function tellCredentialsRemoved(
  { channel, logger }: { channel: Pick<FleetChannel, 'send'>; logger: Logger },
  deviceId: string,
): Promise<void> {
  try {
    await channel.send({ kind: 'credentials-removed', deviceId })
  } catch (error) {
    logger.warn({ err: error, deviceId }, 'a removed device stays connected until the next check')
  }
}
