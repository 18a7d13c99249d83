import { LIVE_KINDS, type LiveKind } from '@iot/contracts'
import type { BatchControl } from '@iot/ports'
import type { Appends } from './alerts/appends.js'
import type { PartitionAlerts } from './alerts/partition-alerts.js'
import type { PartitionState } from './partition-state.js'

/** What is worked in: what goes to the bus under its kind, and what people ask for. */
export type WorkedKind = LiveKind | 'actions'
export const WORKED_KINDS: readonly WorkedKind[] = [...LIVE_KINDS, 'actions']

/** A partition that is this member's, with what is known of its devices. */
export interface LivePartition {
  readonly partition: number
  readonly state: PartitionState
  readonly alerts: PartitionAlerts
  readonly appends: Appends
  /** the newest control per kind, to commit with */
  readonly controls: Partial<Record<WorkedKind, BatchControl>>
  /** per kind the next offset that has not been shown, or (requests) answered */
  readonly done: Partial<Record<WorkedKind, number>>
  /** per kind what was last given to be committed */
  readonly noted: Partial<Record<WorkedKind, number>>
  /** while set, no record is worked in */
  gate: Promise<void> | undefined
}
