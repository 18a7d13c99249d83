import type { VariableName } from '@iot/contracts'
import type { Config } from '@iot/runtime'

/** The variables of this service; nowhere else in it are they named. */
export const ingestionVariables = [
  'MQTT_TOPIC_SENSOR_DATA',
  'MQTT_ALLOW_ANONYMOUS',
  'MQTT_BROKER_USERNAME',
  'MQTT_BROKER_PASSWORD',
  'MQTT_BROKER_AUTH_DIR',
  'MAX_DEVICES',
  'LOGIN_MAX_FAILURES',
  'RETENTION_DAYS',
  'ALERT_RETENTION_DAYS',
  'AUDIT_RETENTION_DAYS',
  'DATA_DIR',
  'SYSTEM_LAG_RECORDS',
  'SYSTEM_STALL_SECONDS',
  'SYSTEM_DEAD_LETTERS_PER_MINUTE',
  'SYSTEM_DISK_PERCENT',
] as const satisfies readonly VariableName[]

/** And of a process that runs it alone: which pipelines these are. */
export const ingestionProcessVariables = [
  ...ingestionVariables,
  'INGESTION_PIPELINES',
] as const satisfies readonly VariableName[]

export type IngestionConfig = Config<(typeof ingestionVariables)[number]>
