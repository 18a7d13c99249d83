import type { Page } from 'playwright-core'
import { RIG } from './scene.js'

/** One thing that a person does, on the page `at`, or on that of the action before. */
interface Action {
  readonly name: string
  readonly at?: string
  readonly act: (page: Page) => Promise<unknown>
}

/** What is done most, on the pages that hold most. */
export const ACTIONS: readonly Action[] = [
  {
    name: 'open the list',
    at: '/',
    act: (page) => page.getByRole('link', { name: 'Devices', exact: true }).click(),
  },
  {
    name: 'list: search',
    act: (page) => page.getByLabel('Search devices').pressSequentially('rig', { delay: 50 }),
  },
  { name: 'open a device', act: (page) => page.getByRole('link', { name: RIG }).first().click() },
  { name: 'device: 24 h', act: (page) => page.getByText('24 h', { exact: true }).first().click() },
  { name: 'device: 1 h', act: (page) => page.getByText('1 h', { exact: true }).first().click() },
  { name: 'device: table', act: (page) => page.getByRole('tab', { name: 'Table' }).click() },
  { name: 'device: alerts', act: (page) => page.getByRole('tab', { name: /^Alerts/ }).click() },
  { name: 'device: charts', act: (page) => page.getByRole('tab', { name: 'Charts' }).click() },
  { name: 'pause', act: (page) => page.keyboard.press('p') },
  { name: 'go on', act: (page) => page.keyboard.press('p') },
  { name: 'palette', act: (page) => page.keyboard.press('Control+k') },
  { name: 'palette: type', act: (page) => page.keyboard.type('bench-10', { delay: 50 }) },
  { name: 'palette: leave', act: (page) => page.keyboard.press('Escape') },
  { name: 'own menu', act: (page) => page.getByRole('button', { name: /^Menu of/ }).click() },
]
