import type { AlertRuleStore, EventLog, LiveBus, ServiceRegistry } from '@iot/ports'
import { type LogCheckLimits, logChecks } from './log-checks.js'
import { diskCheck, lostChecks, serverChecks } from './place-checks.js'
import type { SystemCheck } from './system-check.js'

/** What the watch over the system needs beside the ports of `live`. */
export interface SystemWatchParts {
  readonly registry: Pick<ServiceRegistry, 'list' | 'lost'>
  readonly limits: LogCheckLimits & { readonly diskPercent: number }
  /** how full the disk of the data folder is, in hundredths; undefined where there is no such folder */
  diskUse(): Promise<number | undefined>
}

export function allChecks(
  ports: {
    readonly log: Pick<EventLog, 'ranges' | 'committed'>
    readonly bus: Pick<LiveBus, 'heads'>
    readonly rules: Pick<AlertRuleStore, 'version'>
  },
  { registry, limits, diskUse }: SystemWatchParts,
): SystemCheck[] {
  return [
    ...logChecks(ports.log, limits),
    ...serverChecks(ports),
    ...lostChecks(registry),
    diskCheck(diskUse, limits.diskPercent),
  ]
}
