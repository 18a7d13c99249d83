import { until } from '@iot/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import { type Api, logIn } from '../harness/api.js'
import { publish } from '../harness/devices.js'
import { say } from '../harness/say.js'
import { axeViolations, showIn, sidewaysOverflow } from './harness/accessibility.js'
import { DESKTOP, PHONE, type Visitor } from './harness/browser.js'
import { isLive } from './harness/live-page.js'
import { signIn } from './harness/sign-in.js'
import { openStage, type Stage } from './harness/stage.js'

const DEVICE = 'cold-room-2'
const TOPIC = `devices/${DEVICE}/telemetry`
const MINUTE_MS = 60_000
/** Of the past two hours, in minutes ago: two times above 8 °C, the longer one for 20 min. */
const WARM = [
  [100, 90],
  [50, 30],
] as const

let stage: Stage
let visitor: Visitor
let page: Page
let api: Api

beforeAll(async () => {
  stage = await openStage()
  await publish(stage.device, TOPIC, past())
  api = await logIn(stage.system)
  visitor = await stage.openVisitor({ reducedMotion: 'reduce' })
  page = visitor.page
  await signIn(page)
  await isLive(page)
})

afterEach(() => expect(visitor.complaints.list()).toEqual([]))

afterAll(() => stage.close())

/** One reading a minute, 5 °C and 9 °C, until a minute ago. */
function past() {
  const nowMs = Date.now()
  return Array.from({ length: 120 }, (_, at) => {
    const minutesAgo = 120 - at
    const isWarm = WARM.some(([from, to]) => minutesAgo <= from && minutesAgo > to)
    return {
      deviceId: DEVICE,
      temperature: isWarm ? 9 : 5,
      timestamp: new Date(nowMs - minutesAgo * MINUTE_MS).toISOString(),
    }
  })
}

const send = (temperature: number) => publish(stage.device, TOPIC, { temperature })
const chart = () => page.getByRole('region', { name: 'temperature' }).locator('figure')

/** All of a page by axe on a desk and on a phone, and the colours of the other theme. */
async function pagesInOrder(): Promise<string[]> {
  const found: string[] = []
  for (const viewport of [DESKTOP, PHONE]) {
    await page.setViewportSize(viewport)
    found.push(...(await axeViolations(page)), ...(await sidewaysOverflow(page)))
  }
  await page.setViewportSize(DESKTOP)
  await showIn(page, 'dark')
  found.push(...(await axeViolations(page, 'colours')))
  await showIn(page, 'light')
  return found
}

describe('a rule', () => {
  it('is made in fields that say what is wrong, before the past that it would have spoken of', async () => {
    await page.goto('/rules')
    await page.getByRole('link', { name: 'New rule' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Fill this in.').nth(1).waitFor()
    await page.getByLabel('Name', { exact: true }).fill('Cold room too warm')
    await page.getByText('One device').click()
    await page.getByLabel('Device', { exact: true }).fill(DEVICE)
    await page.getByLabel('Sensor', { exact: true }).fill('temperature')
    await page.getByLabel(/^Value/).fill('8')
    await page.getByLabel(/^Closes at/).fill('9')
    await page.getByText('closes at or below value').waitFor()
    await page.getByLabel(/^Closes at/).fill('7')
    await page.getByText('critical', { exact: true }).click()
    const preview = page.getByRole('region', { name: 'What it would have done' })
    const askedAt = performance.now()
    await preview.getByText('It would have opened 2 times, the longest for 20 min.').waitFor()
    say(
      `the past had answered ${Math.round(performance.now() - askedAt)} ms after the last field was filled in`,
    )
    await preview.locator('figure canvas').waitFor()
    expect(await preview.getByRole('listitem').count()).toBe(2)
    await page.getByText(`When temperature of ${DEVICE} is above 8: critical. Closes at 7.`).waitFor()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Rule Cold room too warm' }).waitFor()
    await page.getByText('Saved; in force within 2 s.').waitFor()
    await preview.getByText('It would have opened 2 times').waitFor()
    expect(await pagesInOrder()).toEqual([])
  })

  it('is shaded on the chart of its device, and an alert by it is a mark there that leads to it', async () => {
    await page.goto(`/devices/${DEVICE}`)
    await isLive(page)
    await until('the chart says its limit', async () =>
      `${await chart().getAttribute('aria-label')}`.includes('critical: above 8'),
    )
    await until('it is shaded', async () => (await criticalPixels()) > 200)
    // A rule is in force two seconds after it was saved: until then a warm reading opens nothing.
    await until(
      'a warm reading opens an alert',
      async () => {
        await send(9.5)
        return (await page.getByRole('tab', { name: 'Alerts (1)' }).count()) === 1
      },
      { withinMs: 20_000, everyMs: 500 },
    )
    const mark = chart().getByRole('link', { name: /^critical alert/ })
    await mark.waitFor()
    expect(await pagesInOrder()).toEqual([])
    await mark.click()
    await page.getByRole('heading', { level: 1 }).filter({ hasText: /9\.5/ }).waitFor()
    await page.goBack()
    await page.getByRole('tab', { name: /Alerts/ }).click()
    const active = page.getByRole('region', { name: 'Active' })
    await active.getByRole('listitem').waitFor()
    expect(await active.getByRole('listitem').count()).toBe(1)
    expect(await pagesInOrder()).toEqual([])
  })

  it('that is edited settles its open alert, which says why', async () => {
    await page.goto(`/devices/${DEVICE}?tab=alerts`)
    await page
      .getByRole('region', { name: 'Rules' })
      .getByRole('link', { name: 'Cold room too warm' })
      .click()
    await page.getByLabel(/^Value/).fill('12')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved; in force within 2 s.').waitFor()
    await page.goto(`/devices/${DEVICE}?tab=alerts`)
    const pastAlerts = page.getByRole('region', { name: 'Past' })
    // Closed just before the page listened, it is known when the page asks once more, within a minute.
    await pastAlerts.getByText('the rule was changed').waitFor({ timeout: 90_000 })
    await page.getByRole('region', { name: 'Active' }).getByText('No active alerts').waitFor()
  })

  it('that somebody else has changed meanwhile is not overwritten', async () => {
    visitor.complaints.expect(/409.*alert-rules/)
    const { items } = await api.get<{ items: { id: string; name: string }[] }>(
      `/api/alert-rules?deviceId=${DEVICE}`,
    )
    const { id } = items.find(({ name }) => name === 'Cold room too warm')!
    await page.goto(`/rules/${id}`)
    await page.getByLabel('Name', { exact: true }).fill('Mine')
    await api.send('PATCH', `/api/alert-rules/${id}`, { name: 'Theirs' })
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Somebody has changed this rule meanwhile').waitFor()
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Mine')
    await page.getByRole('button', { name: 'Take theirs' }).click()
    await page.getByRole('heading', { name: 'Rule Theirs' }).waitFor()
    await page.goto('/rules')
    // The input lies under what is drawn of it: by the keyboard it is met wherever the list has moved meanwhile.
    await page.getByRole('switch', { name: 'In force: Theirs' }).press('Space')
    await page.getByRole('listitem').filter({ hasText: 'Theirs' }).getByText('off').waitFor()
    expect(await pagesInOrder()).toEqual([])
  })
})

describe('maintenance', () => {
  it('is begun from the menu of a device, said on its page, and ended from the list', async () => {
    await page.goto(`/devices/${DEVICE}`)
    await page.getByRole('button', { name: `Actions for ${DEVICE}` }).click()
    await page.getByRole('menuitem', { name: 'Maintenance until…' }).click()
    const dialog = page.getByRole('dialog', { name: `Maintenance of ${DEVICE}` })
    await dialog.getByRole('button', { name: '8 h' }).click()
    await dialog.getByLabel('Reason').fill('New seals')
    expect(await axeViolations(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Begin' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await page.getByRole('link', { name: /^Maintenance until/ }).click()
    await page.getByText('New seals').waitFor()
    expect(await pagesInOrder()).toEqual([])
    await page.getByRole('button', { name: `End now: ${DEVICE}` }).click()
    await page
      .getByRole('dialog', { name: `End the maintenance of ${DEVICE}?` })
      .getByRole('button', { name: 'End now' })
      .click()
    await page.getByText('Nothing is in maintenance').waitFor()
  })
})

describe('channels', () => {
  it('are made by an administrator, tested, and say why a message did not arrive', async () => {
    await page.goto('/admin/channels')
    await page.getByRole('button', { name: 'New channel' }).click()
    const dialog = page.getByRole('dialog', { name: 'New channel' })
    await dialog.getByLabel('Name', { exact: true }).fill('Tickets')
    await dialog.getByLabel('Address', { exact: true }).fill('http://127.0.0.1:9/hook')
    await dialog.getByLabel(/^Secret/).fill('a secret of sixteen or more'.replaceAll(' ', '-'))
    expect(await axeViolations(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Test: Tickets' }).click()
    await page.getByText(/It did not arrive: .*no address of the Internet/).waitFor()
    await page.getByRole('button', { name: 'Deliveries: Tickets' }).click()
    await page.getByRole('heading', { name: 'Deliveries of Tickets' }).waitFor()
    expect(await pagesInOrder()).toEqual([])
  })
})

describe('the audit log', () => {
  it('says who changed the rule, by filters that stand in the address', async () => {
    await page.goto('/admin/audit')
    await page.getByLabel('What', { exact: true }).selectOption('rule')
    await until('the address says it', () => page.url().endsWith('/admin/audit?action=rule'))
    // The list of everything stays until the shorter one is here, and a row of it is elsewhere then.
    const others = page.getByRole('button', { name: /^(?!rule\.)[a-z]+\.[a-z]+/ })
    await others.first().waitFor({ state: 'detached' })
    await page.getByRole('button', { name: /^rule\.created/ }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Cold room too warm').waitFor()
    expect(await axeViolations(page)).toEqual([])
    await page.keyboard.press('Escape')
    expect(await pagesInOrder()).toEqual([])
  })
})

/** Pixels of the chart that are more red than anything else of it: the shading and the line of a critical limit. */
function criticalPixels(): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('figure canvas')!
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    let red = 0
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3]! > 0 && data[at]! > data[at + 1]! + 40 && data[at]! > data[at + 2]! + 40) red += 1
    }
    return red
  })
}
