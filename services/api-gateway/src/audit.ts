import type { AuditStore, NewAuditEntry } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { GatewayMetrics } from './metrics.js'

/** Notes what people do. */
export interface Auditor {
  /**
   * Notes what has just been done; called after the act and before the answer. Never rejects: an act that can't be
   * noted is done all the same, and the log and a metric say so.
   */
  note(entry: AuditedAct): Promise<void>
}

export interface AuditedAct extends Omit<NewAuditEntry, 'timestampMs'> {
  /** username */
  readonly actor: string
}

export function createAuditor(deps: {
  audit: Pick<AuditStore, 'add'>
  metrics: Pick<GatewayMetrics, 'unaudited'>
  log: Logger
}): Auditor {
  return {
    async note(act) {
      try {
        await deps.audit.add([act])
      } catch (error) {
        deps.metrics.unaudited.inc()
        deps.log.error({ err: error, ...act }, 'what was done is not in the audit log')
      }
    },
  }
}
