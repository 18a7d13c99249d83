import type { ComponentHealth } from '@iot/contracts'

/** What the gateway tells of the rest of the system; whoever starts the processes knows it. */
export interface SystemView {
  /** Health by the guide's names: `data-ingestion`, `websocket-service`, `api-gateway`. */
  services(): Promise<Record<string, ComponentHealth>>
  /** Whether devices can deliver by MQTT. */
  mqttConnected(): Promise<boolean>
  /** The port that devices publish to, where it is not MQTT_PORT. */
  mqttPort?(): number
}
