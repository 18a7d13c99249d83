/** The kinds of event on the live bus, and the channel of each. */
export const CHANNELS = {
  readings: 'sensor-readings',
  status: 'device-status',
} as const

export type LiveKind = keyof typeof CHANNELS
