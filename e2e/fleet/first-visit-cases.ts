import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { connectAsync, type MqttClient } from 'mqtt'
import type { Browser } from 'playwright-core'
import { openBrowser, openVisitor, type Visitor } from '../browser/harness/browser.js'
import { isLive, markPage, tile } from '../browser/harness/live-page.js'
import { ADMIN } from '../harness/api.js'
import { docker } from './harness/docker.js'
import type { Stack } from './harness/stack.js'

const LIMIT_MS = 180_000
const DEVICE = 'first-device'

export function firstVisitCases(under: () => Stack): void {
  let browser: Browser
  let visitor: Visitor
  let device: MqttClient
  let value = 20

  beforeAll(async () => {
    browser = await openBrowser()
    visitor = await openVisitor(browser, under().url)
    device = await connectAsync(under().mqttUrl, { protocolVersion: 4 })
  }, LIMIT_MS)
  afterAll(async () => {
    await device?.endAsync(true)
    await browser?.close()
  })

  /** Publishes another value until the page shows it; values differ, so what is seen is new. */
  async function seesNewValue(): Promise<void> {
    value += 1
    const payload = JSON.stringify({ deviceId: DEVICE, temperature: value })
    await device.publishAsync('sensor/data', payload, { qos: 1 })
    await tile(visitor.page, DEVICE).getByText(`${value}`).first().waitFor({ timeout: 30_000 })
  }

  it(
    'goes from the printed link to a live device',
    async () => {
      const { page } = visitor
      await page.goto((await under().setupLink()).href)
      await page.getByLabel('Username').fill(ADMIN.username)
      await page.getByLabel('Password', { exact: true }).fill(ADMIN.password)
      await page.getByLabel('Password again').fill(ADMIN.password)
      await page.getByRole('button', { name: 'Create administrator' }).click()
      await page.getByRole('heading', { name: 'Send the first reading' }).waitFor()
      await isLive(page)
      await device.publishAsync('sensor/data', `{"deviceId":"${DEVICE}","temperature":19}`, { qos: 1 })
      await page.getByText(`It is here: ${DEVICE}`).waitFor({ timeout: 30_000 })
      await page.getByRole('button', { name: 'To the overview' }).click()
      await seesNewValue()
      expect(visitor.complaints.list()).toEqual([])
    },
    LIMIT_MS,
  )

  it(
    'stays live on the same page while one replica after the other is killed',
    async () => {
      const { page } = visitor
      const unmoved = await markPage(page)
      // Of the replica that held the socket, the transport ends; the page says so and comes back.
      visitor.complaints.expect(/WebSocket|socket\.io/)
      for (const service of ['websocket-service', 'websocket-service-replica']) {
        const [container] = await under().containers(service)
        await docker(['kill', container!])
        await isLive(page)
        await seesNewValue()
        await docker(['start', container!])
        await under().healthy()
      }
      expect(await unmoved()).toBe(true)
      expect(visitor.complaints.list()).toEqual([])
    },
    LIMIT_MS,
  )
}
