import type { FleetMessage } from './fleet-message.js'

/** The kinds of event on the live bus, and the channel of each. */
export const CHANNELS = {
  readings: 'sensor-readings',
  status: 'device-status',
  alerts: 'alerts',
} as const

export type LiveKind = keyof typeof CHANNELS

export const LIVE_KINDS = Object.keys(CHANNELS) as readonly LiveKind[]

/** The channel of each kind of word between processes. */
export const FLEET_CHANNELS = {
  notification: 'notifications',
  'notifications-read': 'notifications',
  rights: 'control',
  close: 'control',
  'last-close': 'control',
  'credentials-removed': 'control',
} as const satisfies Record<FleetMessage['kind'], string>
