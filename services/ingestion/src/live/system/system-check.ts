import type { AlertSeverity } from '@iot/contracts'
import type { FleetService } from '@iot/ports'

/** Something about the system that may be amiss; each has an alert of its own. */
export interface SystemCheck {
  /** part of the alert’s identity */
  readonly name: string
  readonly severity: AlertSeverity
  /** who suffers, by the names that people know */
  readonly affectedServices: readonly FleetService[]
  /** how long it must be amiss before it is told, ms */
  readonly forMs: number
  /** What is amiss and what to do, in plain words; null: nothing; undefined: that can’t be told now. */
  look(nowMs: number): Promise<string | null | undefined>
}
