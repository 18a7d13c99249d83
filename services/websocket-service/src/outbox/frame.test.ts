import { describe, expect, it } from '@jest/globals'
import * as ws from 'ws'
import { createBundle, createFrame, createFrameOf } from './frame.js'

interface SenderOfWs {
  Sender: { frame(data: Buffer, options: object): Buffer[] }
}

describe('a frame', () => {
  it('is byte for byte what ws makes of the same text', () => {
    const { Sender } = ws as unknown as SenderOfWs
    for (const length of [0, 100, 125, 126, 127, 65_500, 65_535, 65_536, 70_000, 3_000_000]) {
      const frame = createFrame('sensor:reading', JSON.stringify('é'.repeat(length / 2)))
      const options = { fin: true, opcode: 1, mask: false, readOnly: false, rsv1: false }
      const expected = Buffer.concat(Sender.frame(Buffer.from(`4${frame.text}`), options))
      expect(frame.options.wsPreEncodedFrame[0].equals(expected)).toBe(true)
    }
  })

  it('is the same where a part of the body lies there as bytes', () => {
    for (const length of [0, 100, 200, 70_000]) {
      const list = JSON.stringify('é'.repeat(length))
      const bytes = Buffer.from(list)
      const pieces = [bytes.subarray(0, length / 2), bytes.subarray(length / 2)]
      const frame = createFrameOf('sensor:batch', '{"readings":[', pieces, '],"place":"Đà Lạt"}')
      const whole = createFrame('sensor:batch', `{"readings":[${list}],"place":"Đà Lạt"}`)
      expect(frame.text).toBe(whole.text)
      expect(frame.options).toEqual(whole.options)
    }
  })

  it('joins others to one buffer', () => {
    const frames = ['a', 'b', 'c'].map((event) => createFrame(event, '{}'))
    const bundle = createBundle(frames)
    expect(bundle.wire).toEqual(Buffer.concat(frames.map((frame) => frame.options.wsPreEncodedFrame[0])))
  })
})
