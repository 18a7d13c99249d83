import { describe, expect, it } from '@jest/globals'
import { Outbox } from './outbox.js'

const AT = '2026-01-01T00:00:00.000Z'
const LATER = '2026-01-01T00:00:01.000Z'
const entry = (offset: number) => ({ offset, deviceId: 'd', json: '{"value":1}' })

function openOutbox(): Outbox {
  const outbox = new Outbox(() => 'log-1')
  outbox.open('readings', 0, 41)
  outbox.open('status', 0, -1)
  outbox.open('readings', 1, -1)
  return outbox
}

describe('the outbox', () => {
  it('makes one batch per kind and partition, from where it stood to where it stands', () => {
    const outbox = openOutbox()
    outbox.add('readings', 0, 42, AT, [entry(42)])
    outbox.add('readings', 0, 44, LATER, [])
    outbox.add('status', 0, 0, AT, [entry(0)])
    expect(outbox.take()).toEqual([
      {
        batch: { epoch: 'log-1', kind: 'readings', partition: 0, before: 41, last: 44, entries: [entry(42)] },
        oldestAt: AT,
      },
      {
        batch: { epoch: 'log-1', kind: 'status', partition: 0, before: -1, last: 0, entries: [entry(0)] },
        oldestAt: AT,
      },
    ])
    expect(outbox.take()).toEqual([])
    outbox.add('readings', 0, 45, LATER, [])
    expect(outbox.take()).toMatchObject([{ batch: { before: 44, last: 45 }, oldestAt: LATER }])
  })

  it('closes a batch that has grown large, and goes on in the next', () => {
    const outbox = openOutbox()
    for (let offset = 42; offset < 42 + 1_200; offset++)
      outbox.add('readings', 0, offset, AT, [entry(offset)])
    const batches = outbox.take().map(({ batch }) => batch)
    expect(batches.map(({ before, last, entries }) => [before, last, entries.length])).toEqual([
      [41, 541, 500],
      [541, 1_041, 500],
      [1_041, 1_241, 200],
    ])
  })

  it('covers what was put at the end of what waits as it covers what is added', () => {
    const [outbox, other] = [openOutbox(), openOutbox()]
    for (let offset = 42; offset < 642; offset++) {
      const entries = offset % 3 === 0 ? [] : [entry(offset), entry(offset)]
      outbox.add('readings', 0, offset, AT, entries)
      const waiting = other.waiting('readings', 0)
      const from = waiting.length
      waiting.push(...entries)
      other.cover('readings', 0, offset, AT, from)
      expect([other.entries, other.bytes]).toEqual([outbox.entries, outbox.bytes])
    }
    expect(other.take()).toEqual(outbox.take())
  })

  it('counts what waits, also when a partition is given away', () => {
    const outbox = openOutbox()
    for (let offset = 42; offset < 642; offset++) outbox.add('readings', 0, offset, AT, [entry(offset)])
    outbox.add('readings', 1, 0, AT, [entry(0)])
    expect([outbox.entries, outbox.bytes]).toEqual([601, 601 * entry(0).json.length])
    expect([outbox.holds(0), outbox.holds(1), outbox.holds(2)]).toEqual([true, true, false])
    outbox.drop(0)
    expect([outbox.entries, outbox.bytes]).toEqual([1, entry(0).json.length])
    expect(outbox.take().map(({ batch }) => batch.partition)).toEqual([1])
    expect([outbox.entries, outbox.bytes, outbox.holds(1)]).toEqual([0, 0, false])
  })
})
