import { CHANNELS, TOPICS } from '@iot/contracts'

/** What each pipeline takes and what it makes of it; the picture of the flow is made from here. */
export const INGESTION_FLOW = {
  bridge: {
    takes: ['MQTT'],
    makes: [TOPICS.sensorsData, TOPICS.deviceStatus, TOPICS.deadLetters],
  },
  live: {
    takes: [TOPICS.sensorsData, TOPICS.deviceStatus, TOPICS.alerts, TOPICS.alertActions],
    makes: [TOPICS.deviceStatus, TOPICS.alerts, CHANNELS.readings, CHANNELS.status, CHANNELS.alerts],
  },
  archive: {
    takes: [TOPICS.sensorsData, TOPICS.deviceStatus, TOPICS.alerts, TOPICS.deadLetters],
    makes: ['store'],
  },
  notify: {
    takes: [TOPICS.alerts],
    makes: ['store', 'channels'],
  },
} as const
