import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { type Complaints, watchComplaints } from './complaints.js'

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium'
/** Nothing waits this long on a free machine; on a busy one a page still comes. */
const PATIENCE_MS = 30_000

export const DESKTOP = { width: 1440, height: 900 }
export const PHONE = { width: 360, height: 780 }

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** Somebody at a browser of their own: cookies, storage and all. What the pages complain of is kept. */
export interface Visitor {
  readonly page: Page
  readonly complaints: Complaints
  /** another tab of the same person */
  newTab(): Promise<Page>
  close(): Promise<void>
}

export async function openVisitor(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: DESKTOP,
    locale: 'en-GB',
    timezoneId: 'Asia/Ho_Chi_Minh',
    colorScheme: 'light',
    ...options,
  })
  context.setDefaultTimeout(PATIENCE_MS)
  const complaints = watchComplaints(context)
  return {
    page: await context.newPage(),
    complaints,
    newTab: () => context.newPage(),
    close: () => context.close(),
  }
}
