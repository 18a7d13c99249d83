/**
 * Runs work one at a time per key, in order of arrival. At most `maxWaiting` wait per key; beyond it `run`
 * answers `full` without doing the work. A key costs memory only while it has work.
 */
export interface KeyedQueue {
  run<Result>(key: string, work: () => Promise<Result>): Promise<Result | 'full'>
}

export function createKeyedQueue(options: { maxWaiting: number }): KeyedQueue {
  const lines = new Map<string, { length: number; last: Promise<unknown> }>()

  return {
    async run(key, work) {
      const line = lines.get(key) ?? { length: 0, last: Promise.resolve() }
      if (line.length > options.maxWaiting) return 'full'
      lines.set(key, line)
      line.length += 1
      const turn = line.last.then(work, work)
      line.last = turn.catch(() => {})
      try {
        return await turn
      } finally {
        line.length -= 1
        if (line.length === 0) lines.delete(key)
      }
    },
  }
}
