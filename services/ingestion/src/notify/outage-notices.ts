import type { ChannelStore, Clock, FleetChannel, NotificationStore, UntoldOutage } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import { MAX_ATTEMPTS } from './backoff.js'

/** After a crash in between another process tells it. */
const LEASE_MS = 60_000

export interface OutageNoticesDeps {
  readonly channels: Pick<ChannelStore, 'claimUntold' | 'markTold'>
  readonly notifications: Pick<NotificationStore, 'add'>
  readonly channel: FleetChannel
  readonly clock: Clock
  readonly logger: Logger
}

/** Tells administrators of channels that have begun to fail, and of those that work again: once each. */
export function createOutageNotices(deps: OutageNoticesDeps): { tell(): Promise<void> } {
  const { channels, notifications, channel, clock, logger } = deps

  async function tellOne(outage: UntoldOutage): Promise<void> {
    const notification = await notifications.add(noticeOf(outage))
    await channels.markTold(outage.channelId, outage.isFailing)
    if (!notification) return
    try {
      await channel.send({ kind: 'notification', notification })
    } catch (error) {
      logger.warn({ err: error }, 'administrators who are connected can’t be told of a channel')
    }
  }

  return {
    async tell() {
      try {
        for (const outage of await channels.claimUntold({ nowMs: clock.nowMs(), leaseMs: LEASE_MS })) {
          await tellOne(outage)
        }
      } catch (error) {
        logger.warn({ err: error }, 'administrators can’t be told of a channel; it is tried again')
      }
    },
  }
}

function noticeOf({ name, kind, isFailing, lastError }: UntoldOutage) {
  const to = { role: 'admin' } as const
  const what = `The channel “${name}” (${kind})`
  if (!isFailing) {
    return {
      type: 'success',
      title: 'A notification channel works again',
      message: `${what} works again.`,
      to,
    } as const
  }
  const why = lastError === undefined ? '' : ` Why: ${lastError}.`
  const message = `${what} fails: a message about alerts was given up after ${MAX_ATTEMPTS} attempts.${why} Look at its deliveries.`
  return { type: 'error', title: 'A notification channel fails', message, to } as const
}
