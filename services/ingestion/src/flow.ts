import { CHANNELS, TOPICS } from '@iot/contracts'

/** What each pipeline takes and what it makes of it; the picture of the flow is made from here. */
export const INGESTION_FLOW = {
  bridge: {
    takes: ['MQTT'],
    makes: [TOPICS.sensorsData, TOPICS.deviceStatus, TOPICS.deadLetters],
  },
  live: {
    takes: [TOPICS.sensorsData, TOPICS.deviceStatus],
    makes: [TOPICS.deviceStatus, CHANNELS.readings, CHANNELS.status],
  },
  archive: {
    takes: [TOPICS.sensorsData, TOPICS.deviceStatus, TOPICS.alerts, TOPICS.deadLetters],
    makes: ['store'],
  },
} as const
