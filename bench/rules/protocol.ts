export type Side = 'ours' | 'naive'

export type JudgeOrder = { readonly side: Side; readonly readings: number }

export type RulesMessage =
  | { readonly kind: 'ready' }
  /** `decided`: openings and closings of the slice */
  | {
      readonly kind: 'judged'
      readonly cpuMicros: number
      readonly judgements: number
      readonly decided: number
    }
  | {
      readonly kind: 'held'
      readonly heapMiB: number
      readonly residentMiB: number
      readonly conditions: number
    }
