/** What the guide does, ours with every reading, and ours with the newest of each sensor once a second. */
export type Mode = 'guide' | 'complete' | 'latest'
export type Side = 'guide' | 'ours'

export const DEVICES = 1_000
/** Readings per device and second of ours. The guide's loop does the same for each reading at any rate, and can't keep up with this one: it gets a tenth. */
export const HZ: Record<Side, number> = { guide: 0.5, ours: 5 }
/** Clients that watch all devices, and clients that watch one device each; over both replicas. */
export const DASHBOARDS = 50
export const DEVICE_PAGES = 50
/** The guide's services publish each reading by itself; its channel has the name of ours. */
export const GUIDE_CHANNEL = 'guide:sensor-readings'

/** From a replica. */
export interface ServerMessage {
  readonly kind: 'listening'
  readonly port: number
  readonly token: string
}

/** To the feed: make the readings of so many seconds ready; publish them. */
export type FeedOrder =
  | { readonly kind: 'prepare'; readonly side: Side; readonly seconds: number }
  | { readonly kind: 'run' }

export type FeedMessage =
  | { readonly kind: 'open' }
  | { readonly kind: 'prepared' }
  | { readonly kind: 'done'; readonly readings: number }

/** To the clients: connect through the balancer in a mode; say what came and leave. */
export type SinkOrder =
  | { readonly kind: 'connect'; readonly mode: Mode; readonly port: number; readonly token: string }
  | { readonly kind: 'count' }
  | { readonly kind: 'leave' }

export type SinkMessage =
  | { readonly kind: 'connected' }
  /** bytes of all clients, and frames of those that watch all devices */
  | { readonly kind: 'counted'; readonly bytes: number; readonly dashboardFrames: number }
  | { readonly kind: 'left' }
