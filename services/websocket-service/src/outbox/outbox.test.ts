import { describe, expect, it } from '@jest/globals'
import { createBundle, createFrame } from './frame.js'
import type { Link } from './link.js'
import { Outbox } from './outbox.js'

/** A connection whose kernel takes nothing until it is told to. */
function fakeLink() {
  let queue: number[] = []
  let taken = true
  const state = { aborted: false, written: 0 }
  const link: Link = {
    id: 'x',
    isOpen: () => !state.aborted,
    isWritable: () => taken && queue.length === 0,
    queueMark: () => queue,
    waitingBytes: () => queue.reduce((sum, bytes) => sum + bytes, 0),
    write: ({ bytes }) => {
      state.written += 1
      if (taken) taken = false
      else queue.push(bytes)
    },
    emit: () => {},
    close: () => {},
    abort: () => {
      state.aborted = true
    },
  }
  return {
    link,
    state,
    /** the kernel takes what is in flight, and the transport what waits */
    drain() {
      taken = queue.length === 0
      queue = []
    },
  }
}

const bundle = createBundle([createFrame('e', JSON.stringify('x'.repeat(1_000 - 8)))])

describe('an outbox', () => {
  it('says when there is no room, and lets go of a client that never reads', () => {
    const { link, state } = fakeLink()
    const outbox = new Outbox(link, 10_000)
    let roomy = 0
    while (outbox.hasRoom()) {
      outbox.write(bundle)
      roomy += 1
    }
    expect(roomy).toBeGreaterThanOrEqual(10)
    expect(roomy).toBeLessThanOrEqual(12)
    while (outbox.write(bundle)) expect(state.written).toBeLessThan(100)
    expect(state.aborted).toBe(true)
    expect(state.written).toBeLessThanOrEqual(22)
  })

  it('knows when what waited has been handed over', () => {
    const { link, drain } = fakeLink()
    const outbox = new Outbox(link, 10_000)
    for (let frame = 0; frame < 12; frame++) outbox.write(bundle)
    expect(outbox.hasRoom()).toBe(false)
    drain()
    expect(outbox.waitingBytes()).toBeGreaterThan(10_000)
    drain()
    expect(outbox.waitingBytes()).toBe(0)
    expect(outbox.hasRoom()).toBe(true)
  })
})
