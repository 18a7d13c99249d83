import type { LiveBatch } from '@iot/ports'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { decodeBatch, encodeBatch } from './batch-codec.js'

const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const entry = fc.record({
  offset: fc.nat(1_000),
  index: fc.option(fc.nat(9), { nil: undefined }),
  deviceId: text,
  sensorType: fc.option(text, { nil: undefined }),
  json: fc.json(),
})

function batchOf(entries: LiveBatch['entries']): LiveBatch {
  return { epoch: 'e1', kind: 'readings', partition: 3, before: -1, last: 9, entries }
}

/** With nothing but the fields that a batch is packed with. */
function plain({ entries, ...batch }: LiveBatch) {
  return {
    ...batch,
    entries: entries.map(({ offset, index, deviceId, sensorType, json }) => {
      return { offset, index, deviceId, sensorType, json }
    }),
  }
}

describe('a batch as a message', () => {
  it('is read as it was written, its bodies as texts and as bytes', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
        const decoded = decodeBatch(Buffer.from(encodeBatch(batchOf(entries))))
        expect(plain(decoded)).toEqual(plain(batchOf(entries)))
        const bodies = decoded.entries.map(({ encoded }) =>
          encoded?.bytes.toString('utf8', encoded.start, encoded.end),
        )
        expect(bodies).toEqual(entries.map(({ json }) => json))
      }),
    )
  })

  it('is refused where a part is missing, and where it is packed in another way', () => {
    const message = Buffer.from(encodeBatch(batchOf([{ offset: 9, deviceId: 'd', json: '{"a":"°"}' }])))
    expect(() => decodeBatch(message.subarray(0, -1))).toThrow('does not end')
    expect(() => decodeBatch(Buffer.from('["e1","readings",3,-1,9,[9,-1,1,-1,2]]\nd{}'))).toThrow(
      'not packed',
    )
  })
})
