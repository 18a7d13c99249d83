import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import mqttPacket from 'mqtt-packet'
import { createFrameSplitter, FrameError } from './frame-splitter.js'

function packet(size: number): Buffer {
  return mqttPacket.generate({
    cmd: 'publish',
    topic: 't',
    payload: Buffer.alloc(size, size),
    qos: 0,
    dup: false,
    retain: false,
  })
}

describe('the frame splitter', () => {
  it('finds the same packets however the bytes are cut', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 8 })
    const cuts = fc.array(fc.integer({ min: 1, max: 6_000 }), { minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(sizes, cuts, (packetSizes, pieces) => {
        const packets = packetSizes.map(packet)
        const bytes = Buffer.concat(packets)
        const splitter = createFrameSplitter({ maxPacketBytes: 65_536 })
        const found: Buffer[] = []
        for (let at = 0, n = 0; at < bytes.length; n++) {
          const length = pieces[n % pieces.length]!
          splitter.push(bytes.subarray(at, at + length), (frame) => found.push(frame))
          at += length
        }
        expect(Buffer.concat(found).equals(bytes)).toBe(true)
        expect(found.map((frame) => frame.length)).toEqual(packets.map((one) => one.length))
        expect(splitter.partial).toBe(false)
      }),
    )
  })

  it('refuses a packet that is too large by its header, and a length without an end', () => {
    const never = () => {
      throw new Error('no frame is expected')
    }
    const tooLarge = createFrameSplitter({ maxPacketBytes: 1_000 })
    expect(() => tooLarge.push(packet(1_000).subarray(0, 3), never)).toThrow(FrameError)
    const endless = createFrameSplitter({ maxPacketBytes: 1_000 })
    expect(() => endless.push(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff]), never)).toThrow(FrameError)
  })
})
