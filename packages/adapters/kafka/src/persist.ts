import { Backoff } from '@iot/adapter-groups'
import { isFinal } from './kafka-error.js'

/** Tries again, for a bounded time, what a moved leader or a lost connection may have spoilt. */
export async function persist<Answer>(
  work: () => Promise<Answer>,
  options: { withinMs: number; signal: AbortSignal },
): Promise<Answer> {
  const backoff = new Backoff({ firstMs: 50, longestMs: 1_000, signal: options.signal })
  const giveUpAtMs = performance.now() + options.withinMs
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (isFinal(error) || options.signal.aborted || performance.now() > giveUpAtMs) throw error
      await backoff.pause()
    }
  }
}
