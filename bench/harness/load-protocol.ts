export const DEVICES = 50
/** Unacknowledged messages of one device. */
export const IN_FLIGHT = 20
/**
 * What a message holds: the first seed's sample, one reading with its unit and place, or the second's, two
 * sensors.
 */
export type Form = 'one-reading' | 'two-readings'
export const READINGS_OF: Readonly<Record<Form, number>> = { 'one-reading': 1, 'two-readings': 2 }

/** To the devices: connect all of them to a port, or send messages there, a whole multiple of `DEVICES`. */
export type LoadOrder =
  /** The first message is of `pastMs` ago, each further one of a device 1 ms later. */
  | { readonly kind: 'connect'; readonly port: number; readonly pastMs: number }
  | { readonly kind: 'run'; readonly port: number; readonly form: Form; readonly messages: number }

export type LoadAnswer =
  | { readonly kind: 'connected' }
  | { readonly kind: 'acknowledged'; readonly seconds: number }
