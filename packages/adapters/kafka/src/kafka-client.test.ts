import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { silentLogger } from '@iot/runtime'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createKafkaClient } from './kafka-client.js'

/** where a request, and an answer, says which request it is about */
const REQUEST_ID_AT = 8
const ANSWER_ID_AT = 4
/** of an answer: its length, the request it is for, and 10 bytes: no error, none of the versions, no throttle */
const ANSWER_BYTES = 18

let broker: Server
const wires: Socket[] = []

/** A broker that knows one answer, to what versions it has; the first time it hangs up in the middle. */
beforeEach(async () => {
  broker = createServer((wire) => {
    wires.push(wire)
    const isFirst = wires.length === 1
    wire.on('data', (request) => {
      const answer = Buffer.alloc(ANSWER_BYTES)
      answer.writeInt32BE(ANSWER_BYTES - 4)
      answer.writeInt32BE(request.readInt32BE(REQUEST_ID_AT), ANSWER_ID_AT)
      if (isFirst) wire.end(answer.subarray(0, ANSWER_BYTES - 5))
      else wire.write(answer)
    })
  }).listen(0, '127.0.0.1')
  await once(broker, 'listening')
})

afterEach(async () => {
  for (const wire of wires.splice(0)) wire.destroy()
  broker.close()
  await once(broker, 'close')
})

describe('a client of Kafka', () => {
  it('gets its answers on the next connection when one was lost in the middle of an answer', async () => {
    const client = createKafkaClient({
      brokers: [`127.0.0.1:${(broker.address() as AddressInfo).port}`],
      clientId: 'test',
      requestTimeoutMs: 2_000,
      retries: 1,
      log: silentLogger(),
    })
    const admin = client.admin()
    try {
      await admin.connect()
      expect(wires).toHaveLength(2)
    } finally {
      await admin.disconnect()
    }
  })
})
