import type { DeadLetter } from '@iot/contracts'
import type { DeadLetterStore } from '@iot/ports'

export function createMemoryDeadLetterStore(): DeadLetterStore {
  /** oldest first */
  const letters = new Map<string, DeadLetter>()

  /** Newest first. */
  function listed(): DeadLetter[] {
    return [...letters.values()]
      .reverse()
      .sort((a, b) => (a.receivedAt < b.receivedAt ? 1 : a.receivedAt > b.receivedAt ? -1 : 0))
  }

  return {
    async write(written) {
      for (const { epoch, partition, offset, record } of written) {
        const id = `${epoch}:${partition}:${offset}`
        if (!letters.has(id)) letters.set(id, { id, ...record, state: 'new' })
      }
    },
    async list({ limit, before, state }) {
      const newestFirst = listed()
      const start = before === undefined ? 0 : newestFirst.findIndex((letter) => letter.id === before) + 1
      if (before !== undefined && start === 0) return []
      return newestFirst
        .slice(start)
        .filter((letter) => state === undefined || letter.state === state)
        .slice(0, limit)
    },
    get: async (id) => letters.get(id),
    count: async (state) => [...letters.values()].filter((letter) => letter.state === state).length,
    async prune({ keep, keepBytes }) {
      const newestFirst = listed()
      let kept = 0
      for (let bytes = 0; kept < Math.min(keep, newestFirst.length); kept++) {
        bytes += bytesOf(newestFirst[kept]!)
        if (bytes > keepBytes) break
      }
      for (const { id } of newestFirst.slice(kept)) letters.delete(id)
      return newestFirst.length - kept
    },
  }
}

function bytesOf({ id: _, state: __, ...record }: DeadLetter): number {
  return Buffer.byteLength(JSON.stringify(record))
}
