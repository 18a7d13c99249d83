import type { DeviceDoor } from '@iot/ports'
import type { OpenPortsDeps } from './open-ports.js'

/** Messages that all devices together may have waiting for the log. */
const MAX_IN_FLIGHT_BYTES = 33_554_432

/** The MQTT listener. */
export async function openDoor({ config, logger, metrics }: OpenPortsDeps): Promise<DeviceDoor> {
  const { createMqttListener } = await import('@iot/adapter-mqtt')
  return createMqttListener({
    host: config.MQTT_HOST,
    port: config.MQTT_PORT,
    maxPacketBytes: config.MQTT_MAX_PACKET_BYTES,
    maxConnections: config.MQTT_MAX_CONNECTIONS,
    maxInFlight: config.MQTT_MAX_IN_FLIGHT,
    maxInFlightBytes: MAX_IN_FLIGHT_BYTES,
    messagesPerSecond: config.MQTT_MESSAGES_PER_SECOND,
    connectTimeoutMs: config.MQTT_CONNECT_TIMEOUT_MS,
    log: logger,
    metrics,
  })
}
