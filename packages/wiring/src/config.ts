import type { VariableName } from '@iot/contracts'
import type { Config } from '@iot/runtime'

/** The variables that decide which adapters there are, and how they are set. */
export const portsVariables = [
  'NODE_ENV',
  'HEALTH_CHECK_INTERVAL',
  'DATA_DIR',
  'DATABASE_URL',
  'EMBEDDED_POSTGRES_PORT',
  'LOG_MAX_BYTES',
  'LIVE_WINDOW_BYTES',
  'JWT_SECRET',
  'KAFKA_BROKERS',
  'KAFKA_CLIENT_ID',
  'REDIS_HOST',
  'REDIS_PORT',
  'REDIS_PASSWORD',
  'MQTT_HOST',
  'MQTT_PORT',
  'MQTT_MAX_PACKET_BYTES',
  'MQTT_MAX_CONNECTIONS',
  'MQTT_MAX_IN_FLIGHT',
  'MQTT_MESSAGES_PER_SECOND',
  'MQTT_CONNECT_TIMEOUT_MS',
  'MQTT_TRUST_PROXY',
  'MQTT_TOPIC_SENSOR_DATA',
  'MQTT_BROKER_URL',
  'MQTT_BROKER_USERNAME',
  'MQTT_BROKER_PASSWORD',
  'FRONTEND_URL',
  'NOTIFY_ALLOWED_HOSTS',
  'SMTP_URL',
  'SMTP_FROM',
] as const satisfies readonly VariableName[]

export type PortsConfig = Config<(typeof portsVariables)[number]>
