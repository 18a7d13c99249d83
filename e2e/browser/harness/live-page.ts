import { until } from '@iot/testkit'
import type { Page } from 'playwright-core'

/** Waits until the indicator in the corner says so. */
export async function connectionSays(page: Page, words: RegExp, withinMs = 60_000): Promise<string> {
  const indicator = page.locator('button[data-state]')
  return until(
    `the connection says ${words}`,
    async () => {
      const text = `${await indicator.textContent()}`
      return words.test(text) ? text : false
    },
    { withinMs, everyMs: 50 },
  )
}

export const isLive = (page: Page) => connectionSays(page, /: live/)

/** The tile of a device on the overview. */
export const tile = (page: Page, deviceId: string) =>
  page.locator(`section[aria-label="Devices by site"] a[href="/devices/${deviceId}"]`)

/** The card of a sensor's newest value on the device page. */
export const card = (page: Page, sensorType: string) =>
  page.getByRole('list', { name: 'Newest values' }).getByRole('listitem').filter({ hasText: sensorType })

/** A mark that a reload would take away: what came meanwhile came by itself. */
export async function markPage(page: Page): Promise<() => Promise<boolean>> {
  const mark = `${Math.random()}`
  await page.evaluate((value) => document.documentElement.setAttribute('data-test-mark', value), mark)
  return async () => (await page.locator('html').getAttribute('data-test-mark')) === mark
}
