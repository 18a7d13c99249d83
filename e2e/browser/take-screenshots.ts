// Pictures for the documentation, from the demo with its past:
// npx tsx --conditions=source e2e/browser/take-screenshots.ts
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from '@iot/testkit'
import type { Page } from 'playwright-core'
import { say } from '../harness/say.js'
import { prepareSystem } from '../harness/system.js'
import { openBrowser, openVisitor } from './harness/browser.js'
import { isLive } from './harness/live-page.js'
import { signIn, WITH_ADMIN } from './harness/sign-in.js'

const FOLDER = fileURLToPath(new URL('../../docs/images', import.meta.url))
const DESKTOP = { width: 1440, height: 900 }
const PHONE = { width: 390, height: 844 }
const PAST_WITHIN_MS = 240_000
/** Live values that a picture should show arriving. */
const SETTLE_MS = 12_000
const MOST_BYTES = 300_000

async function take(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0)
  const path = join(FOLDER, `${name}.png`)
  await page.screenshot({ path, animations: 'disabled' })
  const { size } = await stat(path)
  if (size > MOST_BYTES) throw new Error(`${name}.png has ${size} bytes`)
  say(`${name}.png: ${Math.round(size / 1_000)} kB`)
}

/** Charts and sparklines have been drawn, and live values have come in for a while. */
async function settled(page: Page): Promise<void> {
  await isLive(page)
  await page.locator('canvas, svg polyline, svg path').first().waitFor()
  await page.waitForTimeout(SETTLE_MS)
}

await mkdir(FOLDER, { recursive: true })
const system = await prepareSystem({ ...WITH_ADMIN, DEMO: '1' })
const browser = await openBrowser()
try {
  system.launch()
  await system.ready()
  await until('the past is complete', () => /past of the demo is complete/.test(system.output()), {
    withinMs: PAST_WITHIN_MS,
    everyMs: 500,
  })
  const { page } = await openVisitor(browser, system.url, { viewport: DESKTOP })
  await signIn(page)
  await settled(page)
  await take(page, 'overview')

  const device = `${await page.locator('section[aria-label="Devices by site"] a').nth(8).getAttribute('href')}`
  await page.emulateMedia({ colorScheme: 'dark' })
  await settled(page)
  await take(page, 'overview-dark')

  await page.emulateMedia({ colorScheme: 'light' })
  await page.goto(`${device}?range=24h`)
  await settled(page)
  await take(page, 'device')

  await page.setViewportSize(PHONE)
  await page.goto(`${device}?range=24h`)
  await settled(page)
  await take(page, 'device-phone')
} finally {
  await browser.close()
  await system.dispose()
}
