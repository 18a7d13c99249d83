import { describe, expect, it } from '@jest/globals'
import { fakeLink } from '../testing/fake-link.js'
import { createBundle, createFrame } from './frame.js'
import { Outbox } from './outbox.js'

/** A connection whose kernel takes nothing until it is told to. */
function stuckLink() {
  const state = { aborted: false, waiting: 0, written: 0 }
  const link = fakeLink({
    isOpen: () => !state.aborted,
    isIdle: () => state.waiting === 0,
    waitingBytes: () => state.waiting,
    write: ({ bytes }) => {
      state.written += 1
      state.waiting += bytes
    },
    abort: () => {
      state.aborted = true
    },
  })
  return { link, state }
}

const bundle = createBundle([createFrame('e', JSON.stringify('x'.repeat(1_000 - 9)))])

describe('an outbox', () => {
  it('says when there is no room, and lets go of a client that never reads', () => {
    const { link, state } = stuckLink()
    const outbox = new Outbox(link, 10_000)
    while (outbox.hasRoom()) outbox.write(bundle)
    expect(state.written).toBe(11)
    while (outbox.write(bundle)) expect(state.written).toBeLessThan(100)
    expect(state).toMatchObject({ aborted: true, written: 21 })
  })

  it('has room again when what waited is out', () => {
    const { link, state } = stuckLink()
    const outbox = new Outbox(link, 10_000)
    while (outbox.hasRoom()) outbox.write(bundle)
    state.waiting = 0
    expect(outbox.hasRoom()).toBe(true)
    expect(outbox.isFlooded()).toBe(false)
  })

  it('holds what a client missed beside its bound, until that is out and no longer', () => {
    const { link, state } = stuckLink()
    const outbox = new Outbox(link, 10_000)
    for (let part = 0; part < 50; part++) outbox.writeMissed(bundle)
    expect([outbox.replayBytes(), outbox.hasRoom(), outbox.isFlooded()]).toEqual([50_000, true, false])
    while (outbox.hasRoom()) outbox.write(bundle)
    expect(state).toMatchObject({ aborted: false, waiting: 61_000 })
    state.waiting = 20_000
    expect([outbox.replayBytes(), outbox.hasRoom()]).toEqual([20_000, true])
    state.waiting = 0
    outbox.replayBytes()
    state.waiting = 21_000
    expect([outbox.replayBytes(), outbox.isFlooded()]).toEqual([0, true])
  })
})
