import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import mqttPacket from 'mqtt-packet'
import { readPlainPublish } from './read-publish.js'

function publish(
  more: { topic?: string; payload?: Buffer; qos?: 0 | 1 | 2; messageId?: number } = {},
): Buffer {
  const packet = {
    topic: 'devices/a/telemetry',
    payload: Buffer.from('{}'),
    qos: 1 as const,
    messageId: 7,
    ...more,
  }
  return mqttPacket.generate({ cmd: 'publish', dup: false, retain: false, ...packet })
}

describe('reading a PUBLISH', () => {
  it('finds what was written, whatever the lengths', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-zà-ỹ/]{1,40}$/),
        fc.uint8Array({ maxLength: 20_000, size: 'max' }),
        fc.constantFrom(0 as const, 1 as const),
        fc.integer({ min: 1, max: 65_535 }),
        (topic, bytes, qos, messageId) => {
          const read = readPlainPublish(publish({ topic, payload: Buffer.from(bytes), qos, messageId }))!
          expect(read.topic).toBe(topic)
          expect(Buffer.compare(read.payload, bytes)).toBe(0)
          expect(read.messageId).toBe(qos === 0 ? undefined : messageId)
        },
      ),
    )
  })

  it('leaves to the broker what is of QoS 2 or not as usual', () => {
    expect(readPlainPublish(publish({ qos: 2 }))).toBeUndefined()
    for (const topic of ['a/+', 'a/#', '$SYS/a']) {
      const packet = publish({ topic: 'x'.repeat(topic.length) })
      packet.write(topic, packet.indexOf('x'))
      expect(readPlainPublish(packet)).toBeUndefined()
    }
    const zero = publish()
    zero.writeUInt16BE(0, zero.indexOf('{}') - 2)
    expect(readPlainPublish(zero)).toBeUndefined()
    const unfit = publish()
    unfit[unfit.indexOf('devices')] = 0xff
    expect(readPlainPublish(unfit)).toBeUndefined()
  })

  it('never throws on a packet that is cut or damaged', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
        readPlainPublish(Buffer.from([0x32, bytes.length, ...bytes]))
      }),
    )
  })

  it('tells topics apart that share their beginning or their length', () => {
    const topics = [
      'devices/a/telemetry',
      'devices/a/telemetry',
      'devices/b/telemetry',
      'devices/a',
      'd'.repeat(300),
    ]
    const read = [...topics, ...topics].map((topic) => readPlainPublish(publish({ topic }))?.topic)
    expect(read).toEqual([...topics, ...topics])
  })
})
