import { CHANNELS, CLIENT_EVENTS, FLEET_CHANNELS, SERVER_EVENTS } from '@iot/contracts'

/** What comes in and what goes out; the picture of the data flow is made from it. */
export const websocketFlow = {
  service: 'websocket-service',
  consumes: {
    channels: [
      CHANNELS.readings,
      CHANNELS.status,
      CHANNELS.alerts,
      FLEET_CHANNELS.notification,
      FLEET_CHANNELS.close,
    ],
    clientEvents: Object.keys(CLIENT_EVENTS),
  },
  produces: { channels: [FLEET_CHANNELS.notification], serverEvents: Object.keys(SERVER_EVENTS) },
} as const
