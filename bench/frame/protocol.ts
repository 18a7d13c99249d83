/** One reading to this many subscribers. */
export const CLIENTS = 200
/** Readings of one slice; sides alternate by slices, so that what else the machine does hits both. */
export const SLICE_READINGS = 120
/** Slices of each side in a pair: 240 000 frames. */
export const SLICES = 10
/** Readings per second: 40 000 frames/s, at which neither side can gather several readings into one write. */
export const RATE = 200

export type Side = 'ours' | 'stock'

/** From a server. */
export type ServerMessage =
  | { readonly kind: 'listening'; readonly port: number; readonly token: string }
  | { readonly kind: 'done'; readonly cpuMicros: number; readonly bytesPerClient: number }

/** To a server. */
export interface RunOrder {
  readonly readings: number
}

/** To the clients: connect to a server, or say what has come. */
export type DrainOrder =
  | { readonly kind: 'connect'; readonly side: Side; readonly port: number; readonly token: string }
  | { readonly kind: 'count' }

/** From the clients. */
export type DrainMessage =
  | { readonly kind: 'connected'; readonly side: Side }
  | { readonly kind: 'counted'; readonly bytes: Readonly<Record<Side, number>> }
