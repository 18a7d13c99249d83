import { createRequire } from 'node:module'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { calmRequestQueues } from './request-queue.js'

interface Queue {
  push(request: object): void
  fulfillRequest(answer: { correlationId: number; size: number; payload: Buffer }): void
  maybeThrottle(ms: number): void
  scheduleRequestTimeoutCheck(): void
  destroy(): void
}

const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as new (
  options: object,
) => Queue
const silent = { debug: () => {}, warn: () => {} }

function openQueue(): { queue: Queue; sent: number[]; outcomes: string[]; ask(id: number): void } {
  const sent: number[] = []
  const outcomes: string[] = []
  const queue = new RequestQueue({ requestTimeout: 2_000, enforceRequestTimeout: true, logger: silent })
  const ask = (id: number) =>
    queue.push({
      expectResponse: true,
      sendRequest: () => void sent.push(id),
      entry: {
        correlationId: id,
        resolve: () => void outcomes.push(`${id} answered`),
        reject: ({ name }: Error) => void outcomes.push(`${id} ${name}`),
      },
    })
  return { queue, sent, outcomes, ask }
}

const answer = (correlationId: number) => ({ correlationId, size: 0, payload: Buffer.alloc(0) })

describe('the client’s queue of requests', () => {
  beforeEach(() => {
    calmRequestQueues()
    jest.useFakeTimers()
  })
  afterEach(() => {
    jest.useRealTimers()
  })

  it('has no timer once everything is answered', () => {
    const { queue, outcomes, ask } = openQueue()
    ask(1)
    queue.fulfillRequest(answer(1))
    ask(2)
    queue.fulfillRequest(answer(2))
    expect(outcomes).toEqual(['1 answered', '2 answered'])
    expect(jest.getTimerCount()).toBe(0)
  })

  it('sends what waited when a throttle of the broker has ended', () => {
    const { queue, sent, ask } = openQueue()
    queue.maybeThrottle(300)
    ask(1)
    jest.advanceTimersByTime(290)
    expect(sent).toEqual([])
    jest.advanceTimersByTime(20)
    expect(sent).toEqual([1])
    queue.fulfillRequest(answer(1))
    jest.advanceTimersByTime(1_000)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('gives up what has had no answer for its timeout, and not before', () => {
    const { queue, outcomes, ask } = openQueue()
    queue.scheduleRequestTimeoutCheck()
    ask(1)
    jest.advanceTimersByTime(1_900)
    expect(outcomes).toEqual([])
    jest.advanceTimersByTime(500)
    expect(outcomes).toEqual(['1 KafkaJSRequestTimeoutError'])
    queue.destroy()
    expect(jest.getTimerCount()).toBe(0)
  })
})
