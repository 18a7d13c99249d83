import { until } from '@iot/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import { ADMIN, type Api, logIn } from '../harness/api.js'
import { publish } from '../harness/devices.js'
import { say } from '../harness/say.js'
import { axeViolations, sidewaysOverflow } from './harness/accessibility.js'
import { DESKTOP, PHONE, type Visitor } from './harness/browser.js'
import { card, isLive, markPage } from './harness/live-page.js'
import { signIn } from './harness/sign-in.js'
import { openStage, type Stage } from './harness/stage.js'

const MINH = { username: 'minh', password: 'the first password' }
const NEW_PASSWORD = 'the second password'

let stage: Stage
let api: Api
let admin: Visitor
let minh: Visitor

beforeAll(async () => {
  stage = await openStage()
  await publish(stage.device, 'devices/pump-7/telemetry', { flow: 3.5 })
  api = await logIn(stage.system)
  admin = await stage.openVisitor()
  minh = await stage.openVisitor()
  await signIn(admin.page)
  await isLive(admin.page)
})

afterEach(() => {
  expect(admin.complaints.list()).toEqual([])
  expect(minh.complaints.list()).toEqual([])
})

afterAll(() => stage.close())

const bell = (page: Page) => page.getByRole('button', { name: /^Notifications/ })
const unread = async (page: Page) =>
  Number(/\d+/.exec(`${await bell(page).getAttribute('aria-label')}`)?.[0] ?? 0)
const unreadIs = (page: Page, count: number) =>
  until(`${count} notices are unread`, async () => (await unread(page)) === count, { withinMs: 30_000 })
const toast = (page: Page, words: string) =>
  page.locator('[role=status], [role=alert]').filter({ hasText: words })

async function pagesInOrder(page: Page): Promise<string[]> {
  const found: string[] = []
  for (const viewport of [DESKTOP, PHONE]) {
    await page.setViewportSize(viewport)
    found.push(...(await axeViolations(page)), ...(await sidewaysOverflow(page)))
  }
  await page.setViewportSize(DESKTOP)
  return found
}

describe('users', () => {
  it('are made by an administrator; what is wrong stands at its field', async () => {
    const { page } = admin
    admin.complaints.expect(/40[09].*\/api\/users/)
    await page.goto('/admin/users')
    await page.getByRole('button', { name: 'Add user' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add user' })
    await dialog.getByLabel('Username', { exact: true }).fill('two words')
    await dialog.getByLabel('Password', { exact: true }).fill('short')
    await dialog.getByRole('button', { name: 'Add user' }).click()
    await dialog.getByText('Only letters, digits').last().waitFor()
    expect(await dialog.getByText('At least 10 characters.').count()).toBe(2)
    await dialog.getByLabel('Username', { exact: true }).fill(ADMIN.username)
    await dialog.getByLabel('Password', { exact: true }).fill(MINH.password)
    await dialog.getByRole('button', { name: 'Add user' }).click()
    await dialog.getByText('This name is taken.').waitFor()
    expect(await axeViolations(page)).toEqual([])
    await dialog.getByLabel('Username', { exact: true }).fill(MINH.username)
    await dialog.getByLabel('Role', { exact: true }).selectOption('operator')
    await dialog.getByRole('button', { name: 'Add user' }).click()
    await page.getByRole('row', { name: /minh Operator All sites/ }).waitFor()
    expect(await pagesInOrder(page)).toEqual([])
  })

  it('see what their role lets them, and a changed role at once', async () => {
    const { page } = minh
    await signIn(page, '/', MINH)
    await isLive(page)
    const unmoved = await markPage(page)
    await page.getByRole('link', { name: 'Admin' }).click()
    await page.getByRole('link', { name: 'Dead letters' }).waitFor()
    expect(await page.getByRole('link', { name: 'Users' }).count()).toBe(0)
    // Their token says what was: the first request with it is refused, and sent again with a new one.
    minh.complaints.expect(/401/)
    await admin.page.getByRole('button', { name: 'Change minh' }).click()
    const dialog = admin.page.getByRole('dialog', { name: 'Change minh' })
    await dialog.getByLabel('Role', { exact: true }).selectOption('user')
    const changedAt = performance.now()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('link', { name: 'Dead letters' }).waitFor({ state: 'hidden' })
    say(`a changed role was on the user's screen ${Math.round(performance.now() - changedAt)} ms later`)
    await isLive(page)
    expect(await unmoved()).toBe(true)
  })
})

describe('a session that ends', () => {
  it('asks for the password over the page, which stays as it was and goes on', async () => {
    const { page } = minh
    await api.send('PATCH', `/api/users/${await idOf(MINH.username)}`, { role: 'operator' })
    await page.goto('/add-device')
    await page.getByLabel('Device id').fill('mill-9')
    await page.getByLabel('Name', { exact: true }).fill('Half a nam')
    await isLive(page)
    const unmoved = await markPage(page)
    await api.send('PATCH', `/api/users/${await idOf(MINH.username)}`, { password: NEW_PASSWORD })
    const dialog = page.getByRole('dialog', { name: 'Your session has ended' })
    await dialog.waitFor()
    expect(await axeViolations(page)).toEqual([])
    await page.keyboard.type(MINH.password)
    await page.keyboard.press('Enter')
    await dialog.getByText('The username or the password is wrong.').waitFor()
    await dialog.getByLabel('Password', { exact: true }).fill(NEW_PASSWORD)
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'hidden' })
    await isLive(page)
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Half a nam')
    await page.getByRole('button', { name: 'Add device' }).click()
    await page.getByText('Half a nam').first().waitFor()
    expect(await unmoved()).toBe(true)
  })
})

describe('one’s own password', () => {
  it('is changed in place: a wrong one is said at its field, and the session goes on', async () => {
    const { page } = minh
    minh.complaints.expect(/40[0-9].*\/api\/auth\/password/)
    await page.goto('/')
    await isLive(page)
    const unmoved = await markPage(page)
    await page.getByRole('button', { name: 'Menu of minh' }).click()
    await page.getByRole('button', { name: 'Change password' }).click()
    const dialog = page.getByRole('dialog', { name: 'Change password' })
    await dialog.getByLabel('Current password', { exact: true }).fill('not the password')
    await dialog.getByLabel('New password', { exact: true }).fill('the third password')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('This is not your password.').waitFor()
    expect(await axeViolations(page)).toEqual([])
    await dialog.getByLabel('Current password', { exact: true }).fill(NEW_PASSWORD)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await isLive(page)
    expect(await page.getByRole('dialog', { name: 'Your session has ended' }).count()).toBe(0)
    expect(await unmoved()).toBe(true)
  })
})

describe('notices', () => {
  it('reach every tab at once, lead to what they are about, and are still there after a reload', async () => {
    const { page } = minh
    await page.goto('/')
    await isLive(page)
    const other = await minh.newTab()
    await other.goto('/devices')
    await isLive(other)
    await admin.page.goto('/admin/send-notice')
    await admin.page.getByLabel('One user').check()
    await admin.page.getByLabel('Username', { exact: true }).fill(MINH.username)
    await admin.page.getByLabel('Kind').selectOption('error')
    await admin.page.getByLabel('Title').fill('Please look')
    await admin.page.getByLabel('Message').fill('pump-7 runs dry.')
    await admin.page.getByRole('button', { name: 'Send', exact: true }).click()
    await admin.page.getByText(/Sent, /).waitFor()
    for (const tab of [page, other]) {
      await toast(tab, 'pump-7 runs dry.').waitFor()
      await unreadIs(tab, 1)
    }
    expect(await unread(admin.page)).toBe(0)
    await page.reload()
    await unreadIs(page, 1)
    await bell(page).click()
    const panel = page.getByRole('dialog', { name: 'Notifications' })
    await panel.getByText('Please look').waitFor()
    expect(await pagesInOrder(page)).toEqual([])
    await panel.getByRole('link', { name: 'pump-7' }).click()
    await page.getByRole('heading', { name: 'pump-7' }).waitFor()
    await unreadIs(page, 0)
    await unreadIs(other, 0)
    await other.close()
  })

  it('that came while nobody was there wait, and are read all at once', async () => {
    const { page } = minh
    await page.goto('about:blank')
    for (const count of [1, 2, 3]) {
      await api.send('POST', '/api/notifications', { type: 'info', message: `Number ${count}` })
    }
    await page.goto('/')
    await unreadIs(page, 3)
    await bell(page).click()
    const panel = page.getByRole('dialog', { name: 'Notifications' })
    await panel.getByRole('tab', { name: 'Unread' }).click()
    await panel.getByText('Number 3').waitFor()
    expect(await panel.getByRole('listitem').count()).toBe(3)
    await panel.getByRole('button', { name: 'Mark all as read' }).click()
    await panel.getByText('Nothing unread').waitFor()
    await unreadIs(page, 0)
    await panel.getByRole('tab', { name: 'Alerts' }).click()
    await panel.getByText('No alerts').waitFor()
    await page.reload()
    await isLive(page)
    expect(await unread(page)).toBe(0)
  })

  it('say at the field that there is no such user', async () => {
    const { page } = admin
    admin.complaints.expect(/400.*\/api\/notifications/)
    await page.goto('/admin/send-notice')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByText('Fill this in.').waitFor()
    await page.getByLabel('One user').check()
    await page.getByLabel('Username', { exact: true }).fill('nobody')
    await page.getByLabel('Message').fill('Hello')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByText('names nobody').waitFor()
    expect(await pagesInOrder(page)).toEqual([])
  })
})

describe('a device that moves between sites', () => {
  it('leaves the page of who may see one of them, and is whole there again when it is back', async () => {
    const hoa = { username: 'hoa', password: 'a password of hers' }
    await moveTo('North')
    await api.send('POST', '/api/users', { ...hoa, role: 'operator', sites: ['North'] })
    const visitor = await stage.openVisitor()
    const { page } = visitor
    // What she is told that she may not see.
    visitor.complaints.expect(/404.*\/api\/devices\/pump-7/)
    await signIn(page, '/devices/pump-7', hoa)
    await isLive(page)
    await card(page, 'flow').getByText('3.5').waitFor()
    const unmoved = await markPage(page)
    const gone = page.getByRole('heading', { name: 'pump-7 is no longer yours to see' })
    for (const flow of [4.5, 6.5]) {
      await moveTo('South')
      await gone.waitFor()
      expect(await card(page, 'flow').count()).toBe(0)
      await moveTo('North')
      await gone.waitFor({ state: 'detached' })
      await publish(stage.device, 'devices/pump-7/telemetry', { flow })
      await card(page, 'flow').getByText(`${flow}`).waitFor()
      await page.getByRole('region', { name: 'flow' }).locator('figure canvas').waitFor()
    }
    expect(await unmoved()).toBe(true)
    // Nobody tells of a device that was out of sight when its page was opened.
    await moveTo('South')
    await gone.waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'There is no device pump-7' }).waitFor()
    expect(await pagesInOrder(page)).toEqual([])
    await moveTo('North')
    await card(page, 'flow').getByText('6.5').waitFor()
    await page.getByRole('region', { name: 'flow' }).locator('figure canvas').waitFor()
    expect(visitor.complaints.list()).toEqual([])
    await visitor.close()
  })
})

describe('connections', () => {
  it('are listed live, and all of a user’s are ended at once; the page comes back by itself', async () => {
    await minh.page.goto('/')
    await isLive(minh.page)
    const { page } = admin
    await page.goto('/admin/connections')
    await page
      .getByRole('row', { name: /minh Operator/ })
      .first()
      .waitFor()
    expect(await pagesInOrder(page)).toEqual([])
    await page.getByRole('link', { name: 'minh' }).first().click()
    await page.getByRole('heading', { name: 'Connections of minh' }).waitFor()
    const times = page.getByRole('row', { name: /minh/ }).locator('time')
    // The connection of the page before is listed until its end is known.
    await until('one connection is listed', async () => (await times.count()) === 1)
    const since = await times.getAttribute('datetime')
    await page.getByRole('button', { name: 'Close all', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: /Close all connections/ })
    expect(await axeViolations(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Close all' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await until(
      'another connection is listed',
      async () => (await times.count()) === 1 && (await times.getAttribute('datetime')) !== since,
      { withinMs: 30_000 },
    )
    await isLive(minh.page)
    await page.goto('/admin/activity')
    await page
      .getByRole('listitem')
      .filter({ hasText: /minh.*was disconnected.*by admin/ })
      .first()
      .waitFor()
    expect(await pagesInOrder(page)).toEqual([])
  })

  it('of somebody disabled do not come back, and of somebody deleted neither', async () => {
    const { page } = admin
    await page.goto('/admin/users')
    await page.getByRole('button', { name: 'Change minh' }).click()
    await page.getByLabel('Disabled').check()
    await page.getByRole('button', { name: 'Save' }).click()
    const dialog = minh.page.getByRole('dialog', { name: 'Your session has ended' })
    await dialog.waitFor()
    await page.getByRole('button', { name: 'Delete minh' }).click()
    await page.getByRole('dialog', { name: 'Delete minh?' }).getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('row', { name: /minh/ }).waitFor({ state: 'hidden' })
    await dialog.getByRole('button', { name: 'Somebody else' }).click()
    await minh.page.getByRole('heading', { name: 'Log in' }).waitFor()
  })
})

async function idOf(username: string): Promise<string> {
  const { items } = await api.get<{ items: { id: string; username: string }[] }>('/api/users')
  return items.find((user) => user.username === username)!.id
}

async function moveTo(site: string): Promise<void> {
  await api.send('PATCH', '/api/devices/pump-7', { site })
}
