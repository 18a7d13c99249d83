import { until } from '@iot/testkit'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { say } from '../harness/say.js'
import { prepareSystem, type System } from '../harness/system.js'
import { openBrowser, openVisitor } from './harness/browser.js'
import { isLive } from './harness/live-page.js'
import { signIn, WITH_ADMIN } from './harness/sign-in.js'

let system: System
let browser: Browser

beforeAll(async () => {
  system = await prepareSystem({ ...WITH_ADMIN, DEMO: '1' })
  browser = await openBrowser()
})

afterAll(async () => {
  await browser.close()
  await system.dispose()
})

describe('the demo', () => {
  it('shows live devices that move by themselves soon after the start', async () => {
    const startedAt = performance.now()
    system.launch()
    await system.ready()
    const { page, complaints } = await openVisitor(browser, system.url)
    await signIn(page)
    await page.getByText('24 devices online').waitFor()
    await isLive(page)
    const values = () => page.locator('section[aria-label="Devices by site"] a').allTextContents()
    const before = await values()
    await until(
      'most tiles show another value',
      async () => {
        const now = await values()
        return now.filter((text, at) => text !== before[at]).length > before.length / 2
      },
      { withinMs: 30_000, everyMs: 100 },
    )
    say(
      `live devices ${((performance.now() - startedAt) / 1_000).toFixed(1)} s after the start of the process`,
    )
    expect(complaints.list()).toEqual([])
  })
})
