import { describe, expect, it } from '@jest/globals'
import { PlaceBuffer } from './place-buffer.js'
import type { SizedRecord } from './records.js'

const ALL = { maxRecords: 100, maxBytes: 1_000_000 }

function records(from: number, to: number, size = 10): { records: SizedRecord[]; nextOffset: number } {
  const list = Array.from({ length: to - from }, (_, n) => ({
    size,
    record: { topic: 't', partition: 0, offset: from + n, key: 'k', timestampMs: 0, value: {} },
  }))
  return { records: list, nextOffset: to }
}

function buffer(end: number): PlaceBuffer {
  return new PlaceBuffer({ place: { topic: 'p.t', partition: 0 }, name: 't', start: 0, end })
}

async function offsets(taken: ReturnType<PlaceBuffer['take']>): Promise<number[]> {
  return (await taken).map(({ offset }) => offset)
}

describe('records fetched ahead', () => {
  it('are read from where the reader wants to begin, also before the end', async () => {
    const place = buffer(10)
    expect(place.nextOffset).toBe(10)
    const taken = place.take(4, ALL)
    expect(place.nextOffset).toBe(4)
    place.put(4, records(4, 7), { start: 0, end: 12 })
    expect(await offsets(taken)).toEqual([4, 5, 6])
    expect(place.end).toBe(12)
    expect(place.nextOffset).toBe(7)
  })

  it('are handed out within bounds, at least one, and once', async () => {
    const place = buffer(0)
    place.put(0, records(0, 6), { start: 0, end: 6 })
    expect(await offsets(place.take(0, { maxRecords: 2, maxBytes: 1_000 }))).toEqual([0, 1])
    expect(await offsets(place.take(2, { maxRecords: 9, maxBytes: 1 }))).toEqual([2])
    expect(await offsets(place.take(4, ALL))).toEqual([4, 5])
  })

  it('are dropped when the reader goes elsewhere, and so is a fetch that was under way', async () => {
    const place = buffer(0)
    place.put(0, records(0, 5), { start: 0, end: 5 })
    const taken = place.take(50, ALL)
    expect(place.put(5, records(5, 9), { start: 0, end: 60 })).toBe(false)
    expect(place.put(50, records(50, 52), { start: 0, end: 60 })).toBe(true)
    expect(await offsets(taken)).toEqual([50, 51])
  })

  it('are bounded', () => {
    const place = buffer(0)
    place.put(0, records(0, 3, 400_000), { start: 0, end: 9 })
    expect(place.hasRoom).toBe(false)
    void place.take(0, { maxRecords: 2, maxBytes: 1_000_000 })
    expect(place.hasRoom).toBe(true)
  })

  it('are told to their reader to be gone when the log has dropped them', async () => {
    const place = buffer(10)
    const taken = place.take(2, ALL)
    place.clamp({ start: 6, end: 10 })
    await expect(taken).rejects.toThrow('no longer has')
    expect([place.start, place.nextOffset]).toEqual([6, 6])
  })

  it('come no more once it is closed', async () => {
    const place = buffer(1)
    const taken = place.take(0, ALL)
    place.close()
    await expect(taken).rejects.toThrow('has left')
  })
})
