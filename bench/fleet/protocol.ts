export type FleetWatchOrder =
  | { readonly kind: 'watch'; readonly url: string; readonly token: string; readonly clients: number }
  /** Asks for what has come since the last time, once every client has this many readings. */
  | { readonly kind: 'report'; readonly readings: number }

export type FleetWatchAnswer =
  | { readonly kind: 'watching' }
  | { readonly kind: 'latencies'; readonly latenciesMs: readonly number[] }
