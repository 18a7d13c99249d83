import { until } from '@iot/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import { ADMIN, logIn } from '../harness/api.js'
import { publish } from '../harness/devices.js'
import { axeViolations, showIn, sidewaysOverflow } from './harness/accessibility.js'
import { DESKTOP, PHONE, type Visitor } from './harness/browser.js'
import { card, isLive } from './harness/live-page.js'
import { openStage, type Stage } from './harness/stage.js'

/** Each page with something that stands on it when it is ready. */
const PAGES: readonly [path: string, ready: (page: Page) => Promise<void>][] = [
  ['/', (page) => page.getByText('Cold room 2').first().waitFor()],
  ['/devices', (page) => page.getByText('Cold room 2').first().waitFor()],
  ['/devices/cold-2', (page) => page.locator('figure canvas').first().waitFor()],
  ['/devices/cold-2?tab=table', (page) => page.getByText('that is all of them').waitFor()],
  ['/devices/cold-2?tab=details', (page) => page.getByText('No credentials yet.').waitFor()],
  ['/devices/never-seen', (page) => page.getByText('has not sent anything yet').waitFor()],
  ['/devices/no-such', (page) => page.getByText('There is no device').waitFor()],
  ['/alerts', (page) => page.getByRole('link', { name: 'pump-7 is offline' }).waitFor()],
  ['/alerts?state=closed', (page) => page.getByText('No closed alerts').waitFor()],
  ['/alerts/no-such', (page) => page.getByText('There is no such alert').waitFor()],
  ['/add-device', (page) => page.getByLabel('Device id').waitFor()],
  ['/admin/system', (page) => page.getByText('Readings per minute').waitFor()],
  ['/admin/dead-letters', (page) => page.getByText('devices/cold-2/telemetry').first().waitFor()],
  ['/admin/users', (page) => page.getByRole('row', { name: /admin you/ }).waitFor()],
  ['/admin/connections', (page) => page.getByRole('columnheader', { name: 'Since' }).waitFor()],
  ['/admin/activity', (page) => page.getByRole('listitem').filter({ hasText: 'came' }).first().waitFor()],
  ['/admin/send-notice', (page) => page.getByLabel('Message').waitFor()],
  ['/nowhere', (page) => page.getByText('There is no such page').waitFor()],
]
const WIDTHS = { desktop: DESKTOP, phone: PHONE }

let stage: Stage
let visitor: Visitor
let page: Page

beforeAll(async () => {
  stage = await openStage()
  await fillSystem()
  visitor = await stage.openVisitor()
  page = visitor.page
  visitor.complaints.expect(/404.*\/api\/(devices|alerts)\/no-such/)
})

afterEach(() => expect(visitor.complaints.list()).toEqual([]))

afterAll(() => stage.close())

/** A device that is well, one that is offline, one in maintenance, one that never sent, and a refused message. */
async function fillSystem(): Promise<void> {
  const api = await logIn(stage.system)
  await api.send('POST', '/api/devices', {
    deviceId: 'cold-2',
    name: 'Cold room 2',
    site: 'Hanoi',
    tags: ['food'],
  })
  await api.send('POST', '/api/devices', { deviceId: 'never-seen', name: 'Spare sensor' })
  const now = Date.now()
  const readings = Array.from({ length: 50 }, (_, at) => [
    { sensorType: 'temperature', value: 5 + Math.sin(at), unit: '°C', timestamp: now - (50 - at) * 10_000 },
    { sensorType: 'humidity', value: 60 + Math.cos(at), unit: '%', timestamp: now - (50 - at) * 10_000 },
  ]).flat()
  await publish(stage.device, 'devices/cold-2/telemetry', { readings })
  await publish(stage.device, 'devices/pump-7/telemetry', { flow: 3.5, firmware: '1.4.2' })
  await publish(stage.device, 'devices/pump-7/status', 'offline')
  await publish(stage.device, 'devices/mill-1/telemetry', { load: 0.4 })
  await publish(stage.device, 'devices/mill-1/status', 'maintenance')
  await publish(stage.device, 'devices/cold-2/telemetry', '{"temperature": 1')
}

describe('by keyboard alone', () => {
  /** Presses Tab until what has the focus is called so. */
  async function tabTo(name: RegExp): Promise<void> {
    await until(
      `the focus is on ${name}`,
      async () => {
        await page.keyboard.press('Tab')
        const focused = await page.evaluate(() => {
          const element = document.activeElement
          const labels = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : ''
          return `${element?.getAttribute('aria-label') ?? ''} ${labels} ${element?.textContent}`
        })
        return name.test(focused)
      },
      { withinMs: 15_000 },
    )
  }

  it('one logs in, searches, opens a device, sees the help and goes by the palette', async () => {
    await page.goto('/login')
    await page.getByLabel('Username').waitFor()
    // The first field has the focus from the start.
    await page.keyboard.type(ADMIN.username)
    await page.keyboard.press('Tab')
    await page.keyboard.type(ADMIN.password)
    await page.keyboard.press('Enter')
    await page.getByText('Cold room 2').first().waitFor()

    await page.keyboard.press('/')
    await page.getByRole('heading', { name: 'Devices', exact: true }).waitFor()
    await until('the search has the focus', () =>
      page.evaluate(() => document.activeElement?.getAttribute('aria-label') === 'Search devices'),
    )
    await page.keyboard.type('cold')
    await page.getByText('1 of 4').waitFor()
    expect(new URL(page.url()).searchParams.get('q')).toBe('cold')
    await tabTo(/Cold room 2/)
    await page.keyboard.press('Enter')
    await card(page, 'temperature').waitFor()

    await page.keyboard.press('?')
    const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
    await help.waitFor()
    expect(await axeViolations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await help.waitFor({ state: 'hidden' })

    await page.keyboard.press('[')
    await page.getByRole('button', { name: 'Back to now' }).waitFor()
    await page.keyboard.press(']')
    await page.getByRole('button', { name: 'Back to now' }).waitFor({ state: 'hidden' })

    await page.keyboard.press('p')
    await page.getByText(/paused ·/).waitFor()
    await page.keyboard.press('p')
    await isLive(page)

    // A letter that is typed before the palette has come is the palette's, and not the page's, which `p` would pause.
    const palette = /\/palette-[^/]+\.js$/
    let isTyped = false
    await page.route(palette, async (route) => {
      await until('the letter is typed', () => isTyped)
      await route.continue()
    })
    await page.reload()
    await isLive(page)
    await page.keyboard.press('Control+k')
    await page.keyboard.press('p')
    isTyped = true
    await page.locator('[placeholder^="Devices, pages"]:focus').waitFor()
    await page.unroute(palette)
    await isLive(page)
    await page.keyboard.type('ump')
    await page.getByRole('button', { name: /pump-7/ }).waitFor()
    expect(await axeViolations(page)).toEqual([])
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'pump-7' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/devices/pump-7')
  })
})

describe('every page, in light and dark, on a desk and on a phone', () => {
  it.each(PAGES)(
    '%s has nothing that axe finds wrong, and nothing sticks out sideways',
    async (path, ready) => {
      await page.setViewportSize(DESKTOP)
      await page.goto(path)
      await ready(page)
      await isLive(page)
      const found: string[] = []
      for (const [width, viewport] of Object.entries(WIDTHS)) {
        await page.setViewportSize(viewport)
        for (const colorScheme of ['light', 'dark'] as const) {
          await showIn(page, colorScheme)
          await ready(page)
          const label = `${width} ${colorScheme}`
          found.push(
            ...(await axeViolations(page, colorScheme === 'light' ? 'all' : 'colours')).map(
              (violation) => `${label}: ${violation}`,
            ),
          )
          found.push(...(await sidewaysOverflow(page)).map((what) => `${label}: sticks out: ${what}`))
        }
      }
      expect(found).toEqual([])
    },
  )

  it('the panels of the corner are in order too', async () => {
    const found: string[] = []
    await page.goto('/')
    await isLive(page)
    for (const viewport of [DESKTOP, PHONE]) {
      await page.setViewportSize(viewport)
      for (const trigger of [
        'button[data-state]',
        'button[aria-label^="Notifications"]',
        `button[aria-label="Menu of ${ADMIN.username}"]`,
      ]) {
        await page.locator(trigger).click()
        await page.locator('[popover]:popover-open').waitFor()
        found.push(...(await axeViolations(page)), ...(await sidewaysOverflow(page)))
        await page.keyboard.press('Escape')
      }
    }
    expect(found).toEqual([])
  })
})

describe('in Vietnamese', () => {
  it('every page speaks it, without a raw key', async () => {
    await page.setViewportSize(DESKTOP)
    await page.goto('/')
    await isLive(page)
    await page.getByRole('button', { name: `Menu of ${ADMIN.username}` }).click()
    await page.getByText('Tiếng Việt').click()
    await page.locator('html[lang="vi"]').waitFor()
    await page.getByText('Thiết bị').first().waitFor()
    const raw: string[] = []
    for (const [path] of PAGES) {
      await page.goto(path)
      await page.locator('main h1, main h2, main [role="status"], main form').first().waitFor()
      const text = await page.evaluate(() =>
        [
          // biome-ignore lint/performance/useDomNodeTextContent: as it is read, with spaces between what stands apart
          document.body.innerText,
          ...[...document.querySelectorAll('[aria-label], [title], [placeholder]')].map((element) =>
            ['aria-label', 'title', 'placeholder'].map((name) => element.getAttribute(name) ?? '').join(' '),
          ),
        ].join('\n'),
      )
      raw.push(...(text.match(RAW_KEY) ?? []), ...(text.match(/\{\{\w+\}\}/g) ?? []))
    }
    expect(raw).toEqual([])
    expect(await page.title()).toContain('IoT Monitoring')
  })
})

/** `overview.allWell`: a name of the catalogue where its text should stand. */
const RAW_KEY =
  /\b(app|nav|connection|age|status|states|overview|devices|device|login|setup|deadLetters|system|preferences|onboarding|addDevice|palette|help|notices|people|missed)\.[a-z][A-Za-z]+(\.[A-Za-z0-9_]+)*\b/g
