export const SOCKETS = 2_000
/** Devices that each of them watches: rooms. */
export const ROOMS = 20
/** Different devices: neighbours share rooms. */
export const DEVICES = 500

export type Side = 'ours' | 'stock'

export type ServerMessage =
  | { readonly kind: 'listening'; readonly port: number; readonly token: string }
  /** bytes alive after a full collection, and resident ones */
  | { readonly kind: 'measured'; readonly aliveBytes: number; readonly residentBytes: number }

/** To the clients. */
export interface ConnectOrder {
  readonly side: Side
  readonly port: number
  readonly token: string
}
export interface ConnectedMessage {
  readonly kind: 'connected'
}
