import type { DeadLetter } from '@iot/contracts'
import type { DeadLetterStore } from '@iot/ports'

export function createMemoryDeadLetterStore(): DeadLetterStore {
  /** oldest first */
  const letters = new Map<string, DeadLetter>()

  return {
    async write(written) {
      for (const { epoch, partition, offset, record } of written) {
        const id = `${epoch}:${partition}:${offset}`
        if (!letters.has(id)) letters.set(id, { id, ...record, state: 'new' })
      }
    },
    async list({ limit, before, state }) {
      const newestFirst = [...letters.values()]
        .reverse()
        .sort((a, b) => (a.receivedAt < b.receivedAt ? 1 : a.receivedAt > b.receivedAt ? -1 : 0))
      const start = before === undefined ? 0 : newestFirst.findIndex((letter) => letter.id === before) + 1
      if (before !== undefined && start === 0) return []
      return newestFirst
        .slice(start)
        .filter((letter) => state === undefined || letter.state === state)
        .slice(0, limit)
    },
    get: async (id) => letters.get(id),
    count: async (state) => [...letters.values()].filter((letter) => letter.state === state).length,
    async prune(keep) {
      const surplus = [...letters.values()]
        .sort((a, b) => (a.receivedAt < b.receivedAt ? -1 : 1))
        .slice(0, Math.max(0, letters.size - keep))
      for (const { id } of surplus) letters.delete(id)
      return surplus.length
    },
  }
}
