import { until } from '@iot/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import { publish } from '../harness/devices.js'
import { say } from '../harness/say.js'
import type { System } from '../harness/system.js'
import type { Visitor } from './harness/browser.js'
import { card, connectionSays, isLive, markPage, tile } from './harness/live-page.js'
import { signIn } from './harness/sign-in.js'
import { openStage, type Stage } from './harness/stage.js'

const DEVICE = 'press-1'
const TOPIC = `devices/${DEVICE}/telemetry`
const MINUTE_MS = 60_000

let stage: Stage
let visitor: Visitor
let page: Page

beforeAll(async () => {
  stage = await openStage()
  await publishPast()
  visitor = await stage.openVisitor()
  page = visitor.page
  await signIn(page)
  await isLive(page)
})

afterEach(() => expect(visitor.complaints.list()).toEqual([]))

afterAll(() => stage.close())

/** Two hours, one reading a minute, that end a minute ago: 20.00, 20.01 … */
async function publishPast(): Promise<void> {
  const endMs = Date.now() - MINUTE_MS
  const past = Array.from({ length: 120 }, (_, at) => ({
    deviceId: DEVICE,
    pressure: 20 + at / 100,
    timestamp: new Date(endMs - (119 - at) * MINUTE_MS).toISOString(),
  }))
  await publish(stage.device, TOPIC, past)
}

const send = (pressure: number) => publish(stage.device, TOPIC, { pressure })
const chart = () => page.getByRole('region', { name: 'pressure' }).locator('figure')
const described = async () => `${await chart().getAttribute('aria-label')}`

describe('live values', () => {
  it('change on the overview by themselves, and the indicator says how long the way is', async () => {
    const unmoved = await markPage(page)
    await tile(page, DEVICE).getByText('21.2').waitFor()
    const sentAt = performance.now()
    await send(30.5)
    await tile(page, DEVICE).getByText('30.5').waitFor()
    const tookMs = Math.round(performance.now() - sentAt)
    const says = await connectionSays(page, /live\d+ ms$/)
    say(`overview: ${tookMs} ms from publish to screen; the indicator says “${says.replace(/.*: live/, '')}”`)
    expect(await unmoved()).toBe(true)
  })

  it('change on the device page by themselves, and its chart joins them to the past without a seam', async () => {
    await tile(page, DEVICE).click()
    await card(page, 'pressure').getByText('30.5').waitFor()
    const sentAt = performance.now()
    await send(31.75)
    await card(page, 'pressure').getByText('31.8').waitFor()
    say(`device page: ${Math.round(performance.now() - sentAt)} ms from publish to screen`)
    // The lowest is of the past of an hour ago, the last came live.
    const words = await until(
      'the chart tells of the past and of now',
      async () => /lowest 20\.\d.*highest 31\.8.*last 31\.8/.test(await described()) && (await described()),
      { withinMs: 30_000, everyMs: 100 },
    )
    expect(words).toContain('pressure')
    await until('it is drawn', async () => (await drawnPixels(page)) > 200)
  })

  it('keep range and tab in the address: buttons, Back, and a copied link show the same', async () => {
    await page.getByRole('button', { name: '24 h' }).click()
    await until('the address says it', () => new URL(page.url()).searchParams.get('range') === '24h')
    await until('a day is drawn', async () => /lowest 20,/.test(await described()), { withinMs: 30_000 })
    await page.getByRole('tab', { name: 'Table' }).click()
    await page.getByText('122 readings, that is all of them').waitFor()
    const copied = page.url()
    expect(new URL(copied).search).toBe('?range=24h&tab=table')
    await page.goBack()
    await chart().waitFor()
    await page.goBack()
    await page.getByRole('button', { name: '1 h', pressed: true }).waitFor()
    expect(new URL(page.url()).search).toBe('')

    const other = await visitor.newTab()
    await other.goto(copied)
    await other.getByText('122 readings, that is all of them').waitFor()
    await other.getByRole('button', { name: '24 h', pressed: true }).waitFor()
    await other.close()
  })

  it('can be looked at over a range of one’s own, and back', async () => {
    const endMs = Date.now() - 30 * MINUTE_MS
    await page.getByRole('button', { name: 'Custom' }).click()
    const local = (atMs: number) => new Date(atMs + 7 * 60 * MINUTE_MS).toISOString().slice(0, 19)
    await page.getByLabel('From').fill(local(endMs))
    await page.getByLabel('To', { exact: true }).fill(local(endMs - 10 * MINUTE_MS))
    await page.getByText('“To” must be after “From”').waitFor()
    await page.getByLabel('From').fill(local(endMs - 10 * MINUTE_MS))
    await page.getByLabel('To', { exact: true }).fill(local(endMs))
    await page.getByRole('button', { name: 'Show' }).click()
    await until('the address says it', () => {
      const { searchParams } = new URL(page.url())
      return Date.parse(searchParams.get('to')!) - Date.parse(searchParams.get('from')!) === 10 * MINUTE_MS
    })
    await until('ten minutes are drawn', async () => /highest 20\.9,/.test(await described()), {
      withinMs: 30_000,
    })
    await page.getByRole('button', { name: 'Back to now' }).click()
    await until('now is drawn', async () => /last 31\.8/.test(await described()), { withinMs: 30_000 })
  })

  it('stand still while paused, which says how far behind it is, and catch up', async () => {
    await page.getByRole('button', { name: 'Pause live data' }).click()
    await connectionSays(page, /paused/)
    const still = await described()
    for (const value of [40, 41, 42]) await send(value)
    await connectionSays(page, /paused · 3 behind/)
    expect(await card(page, 'pressure').textContent()).toContain('31.8')
    expect(await described()).toBe(still)
    await page.getByRole('button', { name: 'Pause live data' }).click()
    await card(page, 'pressure').getByText('42').waitFor()
    await until('the chart has caught up', async () => /highest 42.*last 42/.test(await described()), {
      withinMs: 30_000,
    })
    await isLive(page)
  })
})

describe('bad connections', () => {
  it('styles of a page that are lost on their way are fetched once more', async () => {
    const styles = /\/devices-page-[^/]+\.css$/
    visitor.complaints.expect(/devices-page-\S+\.css/)
    const asked: string[] = []
    await page.goto('/')
    await isLive(page)
    await page.route(styles, (route) => {
      asked.push(route.request().url())
      return asked.length === 1 ? route.abort('connectionreset') : route.continue()
    })
    await page.getByRole('link', { name: 'Devices', exact: true }).click()
    await page.getByRole('heading', { name: 'Devices', exact: true }).waitFor()
    const rules = await page.evaluate(
      (href) => [...document.styleSheets].find((sheet) => sheet.href === href)?.cssRules.length,
      asked[0],
    )
    expect(rules).toBeGreaterThan(0)
    expect(asked).toHaveLength(2)
    await page.unroute(styles)
  })

  it('a killed server: reconnecting, a word of it, live again by itself with what came meanwhile', async () => {
    await page.goto('/')
    await isLive(page)
    const unmoved = await markPage(page)
    visitor.complaints.expect(/ERR_CONNECTION|WebSocket|net::ERR/)
    await stage.system.end('SIGKILL')
    await connectionSays(page, /reconnecting|offline/)
    await page.getByText('Connection lost').waitFor()
    // What the device has to say waits with it, and goes out before the page is back.
    const sent = send(50.5)
    stage.system.launch()
    await stage.system.ready()
    await sent
    await isLive(page)
    await tile(page, DEVICE).getByText('50.5').waitFor()
    await page.getByText('Connected again').waitFor()
    await page.getByText(/Away for .* 1 device has newer values/).waitFor()
    expect(await unmoved()).toBe(true)
    await send(51.5)
    await tile(page, DEVICE).getByText('51.5').waitFor()
  })

  it('sockets that never come through: the page polls, says so, and its values move', async () => {
    const blocked = await stage.openVisitor()
    blocked.complaints.expect(/socket\.io/)
    await blocked.page.route(/\/socket\.io/, (route) => route.abort('connectionrefused'))
    await blocked.page.routeWebSocket(/\/socket\.io/, (socket) => socket.close())
    await signIn(blocked.page)
    await connectionSays(blocked.page, /polling/)
    await send(60.5)
    await tile(blocked.page, DEVICE).getByText('60.5').waitFor()
    await send(61.5)
    await tile(blocked.page, DEVICE).getByText('61.5').waitFor()
    await blocked.page.locator('button[data-state="polling"]').click()
    await blocked.page.getByText('values are asked for every 5 s').waitFor()
    expect(blocked.complaints.list()).toEqual([])
    await blocked.close()
  })

  it('a frozen page under load: the server keeps no more of it than its bound, and it is right afterwards', async () => {
    await page.goto(`/devices/${DEVICE}`)
    await isLive(page)
    const debug = await page.context().newCDPSession(page)
    const before = residentMiB(await memoryOf(stage.system))
    await debug.send('Page.setWebLifecycleState', { state: 'frozen' })
    for (let round = 0; round < 40; round += 1) {
      const readings = Array.from({ length: 500 }, (_, at) => ({
        sensorType: `s${at % 50}`,
        value: round + at / 500,
      }))
      await publish(stage.device, TOPIC, { readings })
    }
    await send(77.5)
    const after = residentMiB(await memoryOf(stage.system))
    await debug.send('Page.setWebLifecycleState', { state: 'active' })
    await card(page, 'pressure').getByText('77.5').waitFor()
    await isLive(page)
    say(`20 000 readings past a frozen page: the process went from ${before} to ${after} MiB`)
    expect(after - before).toBeLessThan(150)
  })
})

async function memoryOf({ url }: System): Promise<string> {
  return (await fetch(`${url}/metrics`)).text()
}

function residentMiB(metrics: string): number {
  const bytes = Number(/^(?:iot_)?process_resident_memory_bytes(?:\{[^}]*\})? (\S+)$/m.exec(metrics)?.[1])
  return Math.round(bytes / 2 ** 20)
}

/** Pixels of the first chart that are not of its background: a blank chart has none. */
function drawnPixels(of: Page): Promise<number> {
  return of
    .locator('figure canvas')
    .first()
    .evaluate((element) => {
      const canvas = element as HTMLCanvasElement
      const pixels = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data
      let drawn = 0
      for (let at = 3; at < pixels.length; at += 4) if (pixels[at]! > 0) drawn += 1
      return drawn
    })
}
