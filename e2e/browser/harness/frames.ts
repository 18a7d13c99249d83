import type { Page } from 'playwright-core'

/** Measures from now on; what it returns says the longest time between two frames, ms. */
export async function slowestFrame(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const seen = { longest: 0 }
    Object.assign(globalThis, { seenFrames: seen })
    let before = performance.now()
    const look = () => {
      const now = performance.now()
      seen.longest = Math.max(seen.longest, now - before)
      before = now
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
  return () =>
    page.evaluate(() => (globalThis as unknown as { seenFrames: { longest: number } }).seenFrames.longest)
}
