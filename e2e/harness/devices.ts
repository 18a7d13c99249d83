import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import type { System } from './system.js'

const connected = new Set<MqttClient>()

/** A stock MQTT client that is connected; it comes back by itself until it is ended. */
export async function connectDevice(system: System, options: IClientOptions = {}): Promise<MqttClient> {
  const client = await connectAsync(system.mqttUrl, {
    protocolVersion: 4,
    reconnectPeriod: 200,
    connectTimeout: 30_000,
    ...options,
  })
  connected.add(client.on('error', () => {}))
  return client
}

/** Ends every client of this file, whatever became of its test. */
export function endDevices(): void {
  for (const client of connected) client.end(true)
  connected.clear()
}

/** Publishes with QoS 1; resolves with the PUBACK. */
export async function publish(client: MqttClient, topic: string, payload: unknown): Promise<void> {
  const body = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload)
  await client.publishAsync(topic, body, { qos: 1 })
}
