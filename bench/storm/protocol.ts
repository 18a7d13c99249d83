/** Less than two cores can take beside the clients, so that it is the limit that spreads them. */
export const PER_SECOND = 100

/** From the server. */
export interface ServerMessage {
  readonly kind: 'listening'
  readonly port: number
  readonly token: string
}
