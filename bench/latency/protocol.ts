/** One name of the wire for each kind of subscription that is measured. */
export type Kind = 'single' | 'batched'

export const CLIENTS: Readonly<Record<Kind, number>> = { single: 10, batched: 10 }

export interface WatchOrder {
  readonly kind: 'watch'
  readonly httpPort: number
  readonly token: string
}

/** Asks for what has come since the last time, once every client has this many readings. */
export interface ReportOrder {
  readonly kind: 'report'
  readonly readings: number
}

export type WatchAnswer =
  | { readonly kind: 'watching' }
  | { readonly kind: 'latencies'; readonly latenciesMs: Readonly<Record<Kind, readonly number[]>> }

/** Ms since 1970 with their fractions: the same in every process of a machine. */
export function preciseNowMs(): number {
  return performance.timeOrigin + performance.now()
}
