import type { LiveKind } from '@iot/contracts'
import type { BatchControl } from '@iot/ports'
import type { PartitionState } from './partition-state.js'

/** A partition that is this member's, with what is known of its devices. */
export interface LivePartition {
  readonly partition: number
  readonly state: PartitionState
  /** the newest control per kind, to commit with */
  readonly controls: Partial<Record<LiveKind, BatchControl>>
  /** while set, no record is worked in */
  gate: Promise<void> | undefined
}
