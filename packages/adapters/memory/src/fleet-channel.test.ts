import { describeFleetChannel } from '@iot/conformance'
import { createMetrics, silentLogger } from '@iot/runtime'
import { createMemoryFleetChannel } from './fleet-channel.js'

describeFleetChannel('in memory', async () => {
  const metrics = createMetrics()
  const channel = createMemoryFleetChannel({ logger: silentLogger(), metrics })
  return {
    channel,
    other: channel,
    refused: async () =>
      Number(/^iot_fleet_messages_refused_total (\d+)/m.exec((await metrics.render()).body)?.[1]),
    close: async () => {},
  }
})
