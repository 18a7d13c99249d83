import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BrokerUnderTest, describeDeviceBroker } from '@iot/conformance'
import { silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { startMosquitto } from '@iot/testkit/containers/start-mosquitto'
import mqtt from 'mqtt'
import { createBrokerReader } from './broker-reader.js'

const KEEP_ALIVE_MS = 1_000
/** [MQTT-3.1.2-22] one and a half times the keep-alive; Mosquitto looks every few seconds. */
const PATIENCE_MS = 3_000

async function start(): Promise<BrokerUnderTest> {
  const mosquitto = await startMosquitto({ allowAnonymous: true })
  await writeFile(join(mosquitto.authDir, 'acl'), 'topic readwrite t/#\n', { mode: 0o644 })
  const connect = () => mqtt.connectAsync(mosquitto.url, { protocolVersion: 5, reconnectPeriod: 100 })
  const publisher = await connect()
  await until('the rules are in force', async () => {
    const { reasonCode } = (await publisher.publishAsync('t/probe', '', { qos: 1 })) as {
      reasonCode?: number
    }
    return (reasonCode ?? 0) < 0x80
  })
  return {
    createReader: (clientId, { maxInFlight }) =>
      createBrokerReader({
        url: mosquitto.url,
        clientId,
        topics: ['t/#'],
        maxPacketBytes: 524_288,
        maxInFlight,
        keepAliveMs: KEEP_ALIVE_MS,
        log: silentLogger(),
      }),
    async publish({ topic, payload, qos, retain = false }) {
      await publisher.publishAsync(topic, typeof payload === 'string' ? payload : Buffer.from(payload), {
        qos,
        retain,
      })
    },
    patienceMs: PATIENCE_MS,
    halt: async () => mosquitto.halt(),
    async restart() {
      mosquitto.restart()
      await until('the publisher is back', () => publisher.connected)
    },
    async stop() {
      await publisher.endAsync(true)
      await mosquitto.stop()
    },
  }
}

describeDeviceBroker('Mosquitto', start)
