import { until } from '@iot/testkit'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { connectDevice, publish } from '../harness/devices.js'
import { say } from '../harness/say.js'
import { prepareSystem, type System } from '../harness/system.js'
import { openBrowser, openVisitor, type Visitor } from './harness/browser.js'
import { isLive } from './harness/live-page.js'
import { signIn, WITH_ADMIN } from './harness/sign-in.js'

const DEVICES = 10_000
const IN_A_MESSAGE = 1_000

let system: System
let browser: Browser
let visitor: Visitor
let page: Page

beforeAll(async () => {
  system = await prepareSystem(WITH_ADMIN)
  system.launch()
  browser = await openBrowser()
  await system.ready()
  await publishAll(20)
  visitor = await openVisitor(browser, system.url)
  page = visitor.page
  await signIn(page)
})

afterAll(async () => {
  await browser.close()
  await system.dispose()
})

const idOf = (at: number) => `meter-${String(at).padStart(5, '0')}`

/** One reading of each device, as a gateway sends them: arrays of a thousand. */
async function publishAll(value: number): Promise<void> {
  const gateway = await connectDevice(system)
  for (let from = 0; from < DEVICES; from += IN_A_MESSAGE) {
    const readings = Array.from({ length: IN_A_MESSAGE }, (_, at) => ({
      deviceId: idOf(from + at),
      temperature: value + at / IN_A_MESSAGE,
    }))
    await publish(gateway, 'sensor/data', readings)
  }
  await gateway.endAsync()
}

/** Scrolls through the page in steps of a window, and counts the frames in which part of the window was empty. */
function scrollThrough(of: Page, rows: string, steps: number) {
  return of.evaluate(
    async ([selector, count]) => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
      const covers = () => {
        const middle = window.innerWidth / 3
        const isCovered = (y: number) =>
          document.elementsFromPoint(middle, y).some((element) => element.closest(String(selector)) !== null)
        // A point may lie in the gap between two rows; one a gap higher does not.
        return [0.4, 0.7, 0.95].every((part) => {
          const y = window.innerHeight * part
          return isCovered(y) || isCovered(y - 12)
        })
      }
      let blank = 0
      let slowestMs = 0
      for (let step = 1; step <= Number(count); step += 1) {
        const begin = performance.now()
        window.scrollTo(0, step * 10 * window.innerHeight)
        await frame()
        await frame()
        slowestMs = Math.max(slowestMs, performance.now() - begin)
        if (!covers()) blank += 1
      }
      return { blank, slowestMs: Math.round(slowestMs), elements: document.querySelectorAll('*').length }
    },
    [rows, steps] as const,
  )
}

describe('ten thousand devices', () => {
  it('are all on the overview, which stays small and has no blank rows while it is scrolled', async () => {
    await page
      .getByText('10,000 of 10,000')
      .or(page.getByText(/10,000 of 10000/))
      .first()
      .waitFor()
    await isLive(page)
    const { blank, slowestMs, elements } = await scrollThrough(page, 'section a, h2', 15)
    say(
      `overview: 15 jumps of 10 windows, ${blank} blank, slowest two frames ${slowestMs} ms, ${elements} elements`,
    )
    expect(blank).toBe(0)
    expect(elements).toBeLessThan(5_000)
  })

  it('are all in the list; the search answers, and rows come before one sees that they are missing', async () => {
    await page.goto('/devices')
    await page.getByText('10000 devices').or(page.getByText('10,000 devices')).first().waitFor()
    const { blank, slowestMs, elements } = await scrollThrough(page, '[role="row"]', 15)
    say(
      `devices: 15 jumps of 10 windows, ${blank} blank, slowest two frames ${slowestMs} ms, ${elements} elements`,
    )
    expect(blank).toBe(0)
    expect(elements).toBeLessThan(5_000)
    await page.evaluate(() => window.scrollTo(0, 0))
    const beganAt = performance.now()
    await page.getByLabel('Search devices').fill('07777')
    await page.getByText('1 of 10,000').waitFor()
    say(`search: ${Math.round(performance.now() - beganAt)} ms to one row of 10 000`)
    await page.getByRole('link', { name: idOf(7_777) }).waitFor()
  })

  it('move by themselves when all of them send again', async () => {
    await isLive(page)
    const row = page.getByRole('row').filter({ hasText: idOf(7_777) })
    await publishAll(80)
    await row.getByText('80.8').waitFor()
    await until('the page still answers', () => page.evaluate(() => 1 + 1), { withinMs: 15_000 })
    expect(visitor.complaints.list()).toEqual([])
  })
})
