/** Clients that read as fast as they can. */
export const OTHERS = 800
export const FROZEN = 200
/** Readings of one slice: 80 000 frames to the others. */
export const SLICE_READINGS = 100
/** Readings per second of the device that everybody watches. */
export const RATE = 40

export const WATCHED = 'd1'
/** Only those who are to freeze watch it: its readings are large, and fill what their connections hold. */
export const ICE = 'ice'

/** To the server. */
export type ServerOrder =
  | { readonly kind: 'run'; readonly readings: number }
  | { readonly kind: 'ice' }
  | { readonly kind: 'measure' }
export type ServerMessage =
  | { readonly kind: 'listening'; readonly port: number; readonly token: string }
  | { readonly kind: 'ran'; readonly cpuMicros: number; readonly lagging: number }
  | { readonly kind: 'iced'; readonly lagging: number }
  | { readonly kind: 'measured'; readonly aliveBytes: number; readonly residentBytes: number }

/** To the clients. */
export type ClientsOrder =
  | { readonly kind: 'open'; readonly port: number; readonly token: string }
  | { readonly kind: 'freeze'; readonly port: number; readonly token: string }
  | { readonly kind: 'thaw' }
  | { readonly kind: 'count' }
export type ClientsMessage =
  | { readonly kind: 'done' }
  /** readings that each of the others has got: the fewest and the most */
  | { readonly kind: 'counted'; readonly fewest: number; readonly most: number }
