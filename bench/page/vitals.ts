import type { CDPSession, Page } from 'playwright-core'

/** Where a page's own observer leaves what it saw of a person's clicks and keys. */
interface WithInteractions {
  interactions?: { id: number; ms: number }[]
}

/** Of the page as it stands, ms since its navigation began: when its largest text or picture was painted. */
export function largestPaintMs(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => resolve(list.getEntries().at(-1)!.startTime)).observe({
          type: 'largest-contentful-paint',
          buffered: true,
        })
      }),
  )
}

/** From now on each page of the tab keeps how long its interactions took, from the input to the next paint. */
export async function keepInteractions(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const kept: { id: number; ms: number }[] = []
    ;(globalThis as WithInteractions).interactions = kept
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { interactionId = 0, duration } = entry as PerformanceEntry & { interactionId?: number }
        if (interactionId > 0) kept.push({ id: interactionId, ms: duration })
      }
    })
    observer.observe({ type: 'event', durationThreshold: 16, buffered: true } as PerformanceObserverInit)
  })
}

/** The slowest interaction since the last question, ms; 0 when all were painted within a frame. */
export async function slowestInteractionMs(page: Page): Promise<number> {
  return page.evaluate(async () => {
    // An interaction is known once the frame that it changed has been painted.
    for (let frame = 0; frame < 3; frame++) await new Promise((resolve) => requestAnimationFrame(resolve))
    await new Promise((resolve) => setTimeout(resolve, 100))
    const kept = (globalThis as WithInteractions).interactions?.splice(0) ?? []
    return Math.max(0, ...kept.map(({ ms }) => ms))
  })
}

/** The milliseconds between the frames of the next seconds. */
export function frameGapsMs(page: Page, seconds: number): Promise<number[]> {
  return page.evaluate(async (lastsMs) => {
    const gaps: number[] = []
    let before = await new Promise<number>(requestAnimationFrame)
    const endMs = before + lastsMs
    while (before < endMs) {
      const now = await new Promise<number>(requestAnimationFrame)
      gaps.push(now - before)
      before = now
    }
    return gaps
  }, seconds * 1_000)
}

/** Seconds that the page's main thread has worked. */
export async function workedSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'TaskDuration')!.value
}
