import { createRequire } from 'node:module'
import { describe, expect, it } from '@jest/globals'
import { crc32c } from './crc32c.js'
import { decodeFetchAnswer } from './fetch-answer.js'
import { encodeFetchRequest } from './fetch-request.js'
import type { ProducedRecord } from './kafka-cluster.js'
import { encodeProduceRequest } from './produce-request.js'

// What the client (kafkajs) writes and reads by itself is what ours is held against.
const require = createRequire(import.meta.url)
interface Bytes {
  readonly buffer: Buffer
}
interface Encoder extends Bytes {
  size(): number
  writeString(text: string): Encoder
  writeArray(items: Encoder[]): Encoder
  writeInt16(value: number): Encoder
  writeInt32(value: number): Encoder
  writeInt64(value: number): Encoder
  writeEncoder(value: Encoder): Encoder
}
const ClientEncoder = require('kafkajs/src/protocol/encoder') as new () => Encoder
const ClientDecoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object
const clientRecords = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages') as (
  decoder: object,
) => Promise<{ offset: string; timestamp: string; key: Buffer; value: Buffer }[]>
const clientRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => Encoder
const { RecordBatch: clientBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch(batch: object): Promise<Encoder>
}
const clientProduce = require('kafkajs/src/protocol/requests/produce/v7/request') as (request: object) => {
  encode(): Promise<Bytes>
}
const clientFetch = require('kafkajs/src/protocol/requests/fetch/v11/request') as (request: object) => {
  encode(): Promise<Bytes>
}

const AT_MS = 1_763_856_000_123
const GZIP = 1

function producedRecord(key: string, value: string, timestampMs = AT_MS): ProducedRecord {
  return { key, value, timestampMs }
}

function produceRequest(messages: readonly ProducedRecord[]) {
  return {
    acks: -1,
    timeout: 5_000,
    topicData: [{ topic: 'readings', partitions: [{ partition: 3, messages }] }],
  }
}

/** What a broker answers that has these bytes of records in one place. */
function answerWith(records: Buffer, more: { aborted?: number } = {}): Buffer {
  const { aborted = 0 } = more
  const place = new ClientEncoder()
    .writeInt32(3)
    .writeInt16(0)
    .writeInt64(9)
    .writeInt64(9)
    .writeInt64(2)
    .writeInt32(aborted)
  for (let n = 0; n < aborted; n++) place.writeInt64(1).writeInt64(2)
  place.writeInt32(-1).writeInt32(records.length)
  const topic = new ClientEncoder().writeString('readings').writeInt32(1)
  const head = new ClientEncoder().writeInt32(7).writeInt16(0).writeInt32(0).writeInt32(1)
  return Buffer.concat([head.buffer, topic.buffer, place.buffer, records])
}

async function batchOf(values: readonly (string | null)[], more: object = {}): Promise<Buffer> {
  const records = values.map((value, n) =>
    clientRecord({
      key: `k${n}`,
      value,
      offsetDelta: n,
      timestampDelta: n * 10,
      headers: { from: 'elsewhere' },
    }),
  )
  const times = { firstTimestamp: AT_MS, maxTimestamp: AT_MS + 500 }
  return (
    await clientBatch({ ...times, firstOffset: 40, records, lastOffsetDelta: values.length - 1, ...more })
  ).buffer
}

async function recordsIn(answer: Buffer) {
  const { responses } = await decodeFetchAnswer(answer)
  return responses[0]!.partitions[0]!.records
}

describe('what is written to the log', () => {
  it('is read by the client as it was meant', async () => {
    const messages = [
      producedRecord('boiler-1', '{"value":21.5}', AT_MS + 4),
      producedRecord('Gerät-2', `{"text":"${'°C 🌡 '.repeat(900)}"}`),
      producedRecord('', '[]', AT_MS + 700_000),
      ...Array.from({ length: 200 }, (_, n) => producedRecord(`k${n}`, 'x'.repeat(n))),
    ]
    const bytes = encodeProduceRequest(produceRequest(messages))
    // Before the records: transaction, acks, timeout, topics, the name, partitions, the number of this one.
    const before = 2 + 2 + 4 + 4 + (2 + 'readings'.length) + 4 + 4
    const read = await clientRecords(new ClientDecoder(bytes.subarray(before)))
    expect(
      read.map(({ key, value, timestamp }) => producedRecord(String(key), String(value), Number(timestamp))),
    ).toEqual(messages)
    expect(read.map(({ offset }) => offset)).toEqual(messages.map((_, n) => String(n)))
  })

  it('is, byte for byte, what the client would write, but for what an idempotent producer is', async () => {
    const messages = [producedRecord('a', '{"n":1}'), producedRecord('b', '{"n":2}', AT_MS + 130)]
    const request = {
      acks: -1,
      timeout: 5_000,
      topicData: ['readings', 'status'].map((topic) => ({
        topic,
        partitions: [0, 5].map((partition) => ({ partition, messages })),
      })),
    }
    const inTheirWords = {
      ...request,
      topicData: request.topicData.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, messages }) => ({
          partition,
          firstSequence: -1,
          messages: messages.map(({ timestampMs, ...rest }) => ({ ...rest, timestamp: String(timestampMs) })),
        })),
      })),
      producerEpoch: -1,
    }
    const theirs = (await clientProduce(inTheirWords).encode()).buffer
    const ours = encodeProduceRequest(request)
    expect(ours).toHaveLength(theirs.length)
    // They say epoch 0 of the leader, which the checksum leaves out and the broker writes over.
    const differing = [...ours.keys()].filter((at) => ours[at] !== theirs[at])
    expect(differing.map((at) => [ours[at], theirs[at]])).toEqual(Array(4 * 4).fill([0xff, 0]))
  })

  it('carries the checksum that brokers ask for', () => {
    expect(crc32c(Buffer.from('..123456789..'), 2, 11)).toBe(0xe3069283)
  })
})

describe('what is read from the log', () => {
  it('is asked for as the client would ask', async () => {
    const places = [
      { topic: 'readings', partition: 3, offset: 5_000_000_000 },
      { topic: 'status', partition: 0, offset: 0 },
    ]
    const theirs = await clientFetch({
      replicaId: -1,
      maxWaitTime: 300,
      minBytes: 1,
      maxBytes: 4_194_304,
      topics: places.map(({ topic, partition, offset }) => ({
        topic,
        partitions: [{ partition, fetchOffset: offset, maxBytes: 524_288 }],
      })),
    }).encode()
    const ours = encodeFetchRequest({ maxWaitMs: 300, maxBytes: 4_194_304, partitionBytes: 524_288, places })
    expect(ours.equals(theirs.buffer)).toBe(true)
  })

  it('has offsets, times, keys and texts, whatever headers somebody has put there', async () => {
    const answer = answerWith(
      Buffer.concat([await batchOf(['{"a":"°"}', null]), await batchOf(['[]'], { firstOffset: 42 })]),
    )
    const decoded = await decodeFetchAnswer(answer)
    expect(decoded).toMatchObject({ clientSideThrottleTime: 7, responses: [{ topicName: 'readings' }] })
    const [place] = decoded.responses[0]!.partitions
    expect(place).toMatchObject({ partition: 3, errorCode: 0, start: 2, end: 9 })
    expect(place!.records).toEqual([
      { offset: 40, timestampMs: AT_MS, key: 'k0', text: '{"a":"°"}', bytes: 12 },
      { offset: 41, timestampMs: AT_MS + 10, key: 'k1', text: undefined, bytes: 2 },
      { offset: 42, timestampMs: AT_MS, key: 'k0', text: '[]', bytes: 4 },
    ])
  })

  it('ends where the answer is cut off', async () => {
    const [first, second] = [await batchOf(['1', '2']), await batchOf(['3'], { firstOffset: 42 })]
    for (const missing of [1, 20, second.length - 30, second.length - 1]) {
      const cut = Buffer.concat([first, second.subarray(0, second.length - missing)])
      expect((await recordsIn(answerWith(cut))).map(({ offset }) => offset)).toEqual([40, 41])
    }
  })

  it('may be compressed, beside what is not', async () => {
    const packed = await batchOf(['{"packed":true}'], { compression: GZIP, firstOffset: 42 })
    const records = await recordsIn(answerWith(Buffer.concat([await batchOf(['1', '2']), packed])))
    expect(records.map(({ offset, text }) => [offset, text])).toEqual([
      [40, '1'],
      [41, '2'],
      [42, '{"packed":true}'],
    ])
  })

  it('has the broker’s time where the broker says that it counts', async () => {
    const batch = await batchOf(['1', '2'])
    batch.writeInt16BE(0b1000, 21)
    const records = await recordsIn(answerWith(batch))
    expect(records.map(({ timestampMs }) => timestampMs)).toEqual([AT_MS + 500, AT_MS + 500])
  })

  it('is nothing where there is nothing, and found behind what transactions have left', async () => {
    expect(await recordsIn(answerWith(Buffer.alloc(0)))).toEqual([])
    expect(await recordsIn(answerWith(await batchOf(['1']), { aborted: 2 }))).toHaveLength(1)
  })
})
