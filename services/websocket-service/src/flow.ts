import { CHANNELS, CLIENT_EVENTS, SERVER_EVENTS } from '@iot/contracts'

/** What comes in and what goes out; the picture of the data flow is made from it. */
export const websocketFlow = {
  service: 'websocket-service',
  consumes: { channels: [CHANNELS.readings, CHANNELS.status], clientEvents: Object.keys(CLIENT_EVENTS) },
  produces: { serverEvents: Object.keys(SERVER_EVENTS) },
} as const
