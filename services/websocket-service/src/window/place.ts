import type { PartitionPosition } from '@iot/contracts'
import type { LiveEntry } from '@iot/ports'

/** How far somebody has seen a partition: up to and with one event of a record. */
export interface Place {
  readonly offset: number
  /** `WHOLE` where the record has been seen whole */
  readonly index: number
}

export const WHOLE = Number.POSITIVE_INFINITY

/** Who names no position in a partition has seen nothing of it. */
export function placeOf(position: PartitionPosition = -1): Place {
  return typeof position === 'number'
    ? { offset: position, index: WHOLE }
    : { offset: position[0], index: position[1] }
}

/** The place of who has seen the event, and nothing after it. */
export function placeOfEntry({ offset, index = WHOLE }: Pick<LiveEntry, 'offset' | 'index'>): Place {
  return { offset, index }
}

/** Has who stands at `place` seen all that who stands at `other` has? */
export function reaches(place: Place, other: Place): boolean {
  return place.offset > other.offset || (place.offset === other.offset && place.index >= other.index)
}
