/**
 * What all connections together have taken and not answered: messages, and the bytes that they hold. At the
 * bound nobody takes more; who waits is called in the order of asking as soon as there is room.
 */
export interface InFlightBudget {
  readonly messages: number
  readonly bytes: number
  readonly full: boolean
  addMessage(bytes: number): void
  removeMessage(bytes: number): void
  /** Bytes of a packet that is still coming in. */
  addBytes(bytes: number): void
  removeBytes(bytes: number): void
  /** Calls back once when there is room; a caller that waits already is not added again. */
  waitForRoom(waiter: () => void): void
  stopWaiting(waiter: () => void): void
  /** Resolves when no message is in flight. */
  idle(): Promise<void>
}

export function createInFlightBudget(options: { maxBytes: number }): InFlightBudget {
  let messages = 0
  let bytes = 0
  const waiters = new Set<() => void>()
  let idleCallbacks: (() => void)[] = []

  function callWaiters(): void {
    while (bytes < options.maxBytes && waiters.size > 0) {
      const [waiter] = waiters
      waiters.delete(waiter!)
      waiter!()
    }
  }

  function removeBytes(count: number): void {
    bytes -= count
    if (waiters.size > 0) callWaiters()
  }

  return {
    get messages() {
      return messages
    },
    get bytes() {
      return bytes
    },
    get full() {
      return bytes >= options.maxBytes
    },
    addMessage(count) {
      messages += 1
      bytes += count
    },
    removeMessage(count) {
      messages -= 1
      removeBytes(count)
      if (messages === 0 && idleCallbacks.length > 0) {
        const callbacks = idleCallbacks
        idleCallbacks = []
        for (const callback of callbacks) callback()
      }
    },
    addBytes(count) {
      bytes += count
    },
    removeBytes,
    waitForRoom(waiter) {
      waiters.add(waiter)
    },
    stopWaiting(waiter) {
      waiters.delete(waiter)
    },
    idle() {
      return messages === 0 ? Promise.resolve() : new Promise((resolve) => idleCallbacks.push(resolve))
    },
  }
}
