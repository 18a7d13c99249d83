import type { ReadingsRecord, StatusRecord } from '@iot/contracts'
import type { Refusal } from '@iot/domain'

/** What becomes of a message, or of a part of it. */
export type Outcome =
  | { readonly kind: 'readings'; readonly record: ReadingsRecord }
  | { readonly kind: 'status'; readonly record: StatusRecord }
  | { readonly kind: 'dead-letter'; readonly refusal: Refusal }

export function deadLetter(refusal: Refusal): Outcome {
  return { kind: 'dead-letter', refusal }
}
