import type { Counter, Metrics } from '@iot/runtime'

/** What is counted of the reader; nothing where there are no metrics. */
export interface ReaderMetrics {
  readonly messages?: Counter
  readonly disconnects?: Counter
}

export function createReaderMetrics(
  metrics: Metrics | undefined,
  figures: { connected(): boolean; inFlight(): number },
): ReaderMetrics {
  if (!metrics) return {}
  metrics.gauge({
    name: 'iot_mqtt_broker_connected',
    help: 'Whether this process reads the MQTT broker: 1 in one process, 0 in the others.',
    collect: () => (figures.connected() ? 1 : 0),
  })
  metrics.gauge({
    name: 'iot_mqtt_broker_in_flight_messages',
    help: 'Messages of the MQTT broker taken and not yet acknowledged.',
    collect: figures.inFlight,
  })
  return {
    messages: metrics.counter({
      name: 'iot_mqtt_broker_messages_total',
      help: 'Messages that came from the MQTT broker, those sent again too.',
    }),
    disconnects: metrics.counter({
      name: 'iot_mqtt_broker_disconnects_total',
      help: 'Connections to the MQTT broker that were lost or refused.',
    }),
  }
}
