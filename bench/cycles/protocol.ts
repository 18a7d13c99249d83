/** To the server: collect garbage, and say what is left. */
export interface MeasureOrder {
  readonly kind: 'measure'
}

/** From the server. */
export type ServerMessage =
  | { readonly kind: 'listening'; readonly port: number; readonly token: string }
  | {
      readonly kind: 'measured'
      readonly heapBytes: number
      readonly outsideBytes: number
      readonly cpuMicros: number
    }
