import { createRequire } from 'node:module'

const CHECK_TIMEOUTS_EVERY_MS = 1_000

/** What we use of the client's queue: one of each connection, for requests that have no answer yet. */
export interface RequestQueue {
  readonly pending: readonly unknown[]
  readonly inflight: ReadonlyMap<unknown, { sentAt: number; requestTimeout: number; timeoutRequest(): void }>
  readonly requestTimeout: number
  requestTimeoutIntervalId: NodeJS.Timeout | undefined
  isConnected(): boolean
  destroy(): void
  scheduleCheckPendingRequests(): void
  scheduleRequestTimeoutCheck(): void
}

const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
  prototype: RequestQueue
}
let isCalm = false

/**
 * Once a connection of the client (kafkajs 2.2.4) has had its first answer, it looks for requests that wait to be sent
 * a thousand times a second, for ever: by a timer with a negative time, which Node 24 also warns about. Nearly all that
 * an idle process used was this. From here on it looks only while something waits, and for what has no answer not ten
 * times a second but once, or ten times in a timeout that is shorter.
 */
export function calmRequestQueues(): void {
  if (isCalm) return
  isCalm = true
  const { scheduleCheckPendingRequests, scheduleRequestTimeoutCheck } = prototype
  if (!scheduleCheckPendingRequests || !scheduleRequestTimeoutCheck) {
    throw new Error('this version of kafkajs does not have its request queue as 2.2.4 has it: pin 2.2.4')
  }
  prototype.scheduleCheckPendingRequests = function schedule(this: RequestQueue): void {
    if (this.pending.length > 0) scheduleCheckPendingRequests.call(this)
  }
  prototype.scheduleRequestTimeoutCheck = function schedule(this: RequestQueue): void {
    this.destroy()
    this.requestTimeoutIntervalId = setInterval(
      () => endLate(this),
      Math.min(this.requestTimeout / 10, CHECK_TIMEOUTS_EVERY_MS),
    )
  }
}

function endLate(queue: RequestQueue): void {
  const nowMs = Date.now()
  for (const request of [...queue.inflight.values()]) {
    if (nowMs - request.sentAt > request.requestTimeout) request.timeoutRequest()
  }
  if (!queue.isConnected()) queue.destroy()
}
