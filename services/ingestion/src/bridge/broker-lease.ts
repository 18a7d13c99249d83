import { TOPICS } from '@iot/contracts'
import type { BrokerMessage, DeviceBroker, EventLog, LogSubscription } from '@iot/ports'
import type { ComponentContext, ComponentReport, Logger } from '@iot/runtime'

export interface BrokerLeaseDeps {
  readonly log: Pick<EventLog, 'subscribe'>
  readonly broker: DeviceBroker
  readonly logger: Logger
  /** Resolves when the message is durable. */
  onMessage(message: BrokerMessage): Promise<void>
}

const GROUP = 'mqtt-reader'
/** Whoever has this partition reads. The topic needs no other. */
const LEASE = 0
/** How long messages in flight may take when the lease goes to another; what is left comes to that one again. */
const DRAIN_MS = 3_000

/**
 * One bridge of all reads the MQTT broker: the member of a group that has its one partition. The log deals it out
 * again when a bridge is gone. A bridge that has lost it and does not know yet is ousted by the next reader, whose
 * session is the same.
 */
export function createBrokerLease({ log, broker, logger, onMessage }: BrokerLeaseDeps) {
  let subscription: LogSubscription | undefined
  let isHeld = false

  async function leave(): Promise<void> {
    if (!isHeld) return
    isHeld = false
    await broker.close(DRAIN_MS)
    logger.info('the MQTT broker is for another bridge to read')
  }

  return {
    async start(fail: ComponentContext['fail']): Promise<void> {
      subscription = await log.subscribe({
        group: GROUP,
        topics: [TOPICS.mqttReader],
        maxRecords: 100,
        async onAssigned({ partition }) {
          if (partition === LEASE && !isHeld) {
            isHeld = true
            await broker.open(onMessage)
          }
          return undefined
        },
        async onRevoked(partition) {
          if (partition === LEASE) await leave()
        },
        // Nobody writes here; should somebody, it means nothing.
        onBatch: ({ records }, control) => control.commit(records.at(-1)!.offset + 1),
      })
      subscription.failed.catch(fail)
    },
    async stop(): Promise<void> {
      await leave()
      await subscription?.stop()
    },
    health(): ComponentReport {
      return isHeld && !broker.connected()
        ? { status: 'degraded', detail: 'the MQTT broker is away' }
        : { status: 'healthy' }
    },
  }
}
