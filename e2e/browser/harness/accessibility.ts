import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const RULES = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"

/** What axe finds wrong with the page as it stands: the rule and where, one line each. Another theme: colours alone. */
export async function axeViolations(page: Page, only: 'all' | 'colours' = 'all'): Promise<string[]> {
  // By the debugger's way in, which the page's own policy does not concern.
  const has = await page.evaluate(() => 'axe' in window)
  if (!has) await page.evaluate(source)
  await untilStill(page)
  const rules = only === 'all' ? RULES : "{ type: 'rule', values: ['color-contrast'] }"
  const results = (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'], runOnly: ${rules} })`,
  )) as AxeResults
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      (node) =>
        `${id}: ${help}: ${node.target.join(' ')}: ${node.failureSummary?.split('\n').at(-1)?.trim()}`,
    ),
  )
}

/** Shows the page in light or dark. */
export async function showIn(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme })
  await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor()
}

/** Colours are looked at once they stand: what fades is of too little contrast on its way. What never ends may go on. */
async function untilStill(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every(
        ({ playState, effect }) =>
          playState !== 'running' || effect?.getComputedTiming().endTime === Number.POSITIVE_INFINITY,
      ),
  )
}

/** How many pixels of the page stick out sideways, and what does. */
export function sidewaysOverflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > width + 1)
      .map((element) => `${element.tagName}.${element.className} ${element.textContent?.slice(0, 30)}`)
      .slice(-5)
  })
}
