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
