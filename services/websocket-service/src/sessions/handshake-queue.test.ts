import { describe, expect, it } from '@jest/globals'
import { createHandshakeQueue } from './handshake-queue.js'

/** Lets `clients` come at once, and each again when it was told to, until all are in. */
function storm(clients: number, perSecond: number) {
  const queue = createHandshakeQueue({ perSecond })
  const came: { atMs: number; tries: number }[] = []
  let due = Array.from({ length: clients }, () => ({ atMs: 0, tries: 0 }))
  // Turns are dealt out in order, so who was sent away together comes back behind everybody before.
  while (due.length > 0) {
    due = due.flatMap(({ atMs, tries }) => {
      const waitMs = queue.take(atMs)
      if (waitMs > 0) return { atMs: atMs + waitMs, tries: tries + 1 }
      came.push({ atMs, tries: tries + 1 })
      return []
    })
  }
  return came
}

/** The most that came in within any second. */
function busiest(came: readonly { atMs: number }[]): number {
  return Math.max(
    ...came.map(({ atMs }) => came.filter((other) => other.atMs >= atMs && other.atMs < atMs + 1_000).length),
  )
}

describe('the queue of handshakes', () => {
  it('lets a second’s worth in at once, and gives the next a turn', () => {
    const queue = createHandshakeQueue({ perSecond: 2 })
    expect([queue.take(0), queue.take(0)]).toEqual([0, 0])
    expect([queue.take(0), queue.take(0), queue.take(0)]).toEqual([500, 1_000, 1_500])
    expect(queue.take(2_000)).toBe(0)
  })

  it('spreads a storm of 5 000 over as long as it takes, and all are in at the second try', () => {
    const came = storm(5_000, 500)
    expect(came).toHaveLength(5_000)
    expect(Math.max(...came.map(({ tries }) => tries))).toBe(2)
    const lastMs = came.at(-1)!.atMs
    expect(lastMs).toBeGreaterThan(8_900)
    expect(lastMs).toBeLessThan(10_000)
    // A bucket that is full again lets its second’s worth in beside those whose turn it is.
    expect(busiest(came.slice(500))).toBeLessThanOrEqual(1_000)
  })

  it('asks nobody to wait longer than two minutes', () => {
    const queue = createHandshakeQueue({ perSecond: 1 })
    const waits = Array.from({ length: 1_000 }, () => queue.take(0))
    expect(Math.max(...waits)).toBeLessThanOrEqual(120_000)
    expect(Math.min(...waits.slice(200))).toBeGreaterThanOrEqual(60_000)
  })
})
