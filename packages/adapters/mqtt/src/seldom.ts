/**
 * For log lines that thousands of devices may cause at once: tells with how many the line that is due stands for,
 * and undefined for those in between.
 */
export function createSeldom(options: { everyMs: number }): () => number | undefined {
  let saidAtMs = Number.NEGATIVE_INFINITY
  let unsaid = 0
  return () => {
    unsaid += 1
    const nowMs = performance.now()
    if (nowMs - saidAtMs < options.everyMs) return undefined
    const count = unsaid
    saidAtMs = nowMs
    unsaid = 0
    return count
  }
}
