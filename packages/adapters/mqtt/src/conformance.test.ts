import { type DeviceDoorHarness, describeDeviceDoor } from '@iot/conformance'
import { silentLogger } from '@iot/runtime'
import mqtt from 'mqtt'
import { createMqttListener } from './mqtt-listener.js'

const harness: DeviceDoorHarness = {
  create: ({ maxInFlight }) =>
    createMqttListener({
      host: '127.0.0.1',
      port: 0,
      maxPacketBytes: 65_536,
      maxConnections: 100,
      maxInFlight,
      maxInFlightBytes: 16_777_216,
      messagesPerSecond: 10_000,
      connectTimeoutMs: 5_000,
      log: silentLogger(),
    }),
  async connect(door, { will, ...device }) {
    const client = await mqtt.connectAsync({
      host: '127.0.0.1',
      port: door.port,
      protocolVersion: 4,
      reconnectPeriod: 0,
      ...device,
      ...(will && { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1 } }),
    })
    let ended = false
    const hasEnded = new Promise<false>((resolve) => {
      client.on('close', () => {
        ended = true
        resolve(false)
      })
    })
    client.on('error', () => {})
    return {
      publish({ topic, payload, qos }) {
        const acknowledged = client.publishAsync(topic, payload, { qos }).then(
          () => true,
          () => false,
        )
        return Promise.race([acknowledged, hasEnded])
      },
      get ended() {
        return ended
      },
      vanish() {
        client.stream.destroy()
        client.end(true)
      },
    }
  },
}

describeDeviceDoor('the MQTT listener', harness)
