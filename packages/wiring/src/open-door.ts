import type { DeviceBroker, DeviceDoor } from '@iot/ports'
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
    trustedProxies: config.MQTT_TRUST_PROXY,
    log: logger,
    metrics,
  })
}

/** The name of the one session at the broker, whoever of us reads it. */
const BROKER_SESSION = 'iot-monitoring-bridge'

/** The reader of an MQTT broker, where one is named. */
export async function openBroker({
  config,
  clock,
  logger,
  metrics,
}: OpenPortsDeps): Promise<DeviceBroker | undefined> {
  if (config.MQTT_BROKER_URL === undefined) return undefined
  const { createBrokerReader } = await import('@iot/adapter-mqtt')
  return createBrokerReader({
    url: config.MQTT_BROKER_URL,
    username: config.MQTT_BROKER_USERNAME,
    password: config.MQTT_BROKER_PASSWORD,
    clientId: BROKER_SESSION,
    topics: [config.MQTT_TOPIC_SENSOR_DATA, 'devices/+/telemetry', 'devices/+/status'],
    maxPacketBytes: config.MQTT_MAX_PACKET_BYTES,
    maxInFlight: config.MQTT_MAX_IN_FLIGHT,
    log: logger,
    metrics,
    clock,
  })
}
