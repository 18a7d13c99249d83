import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { connectAsync } from 'mqtt'
import type { Browser, Page } from 'playwright-core'
import { ADMIN } from '../harness/api.js'
import { connectDevice, publish } from '../harness/devices.js'
import { say } from '../harness/say.js'
import { prepareSystem, type System } from '../harness/system.js'
import { axeViolations } from './harness/accessibility.js'
import { openBrowser, openVisitor, type Visitor } from './harness/browser.js'
import { card, isLive, markPage, tile } from './harness/live-page.js'

const codeOf = async (page: Page) => `${await page.getByRole('group', { name: 'Code' }).textContent()}`

let system: System
let browser: Browser
let visitor: Visitor

beforeAll(async () => {
  // Bound to all addresses, as by default: which one a device can use is the page's to say.
  system = await prepareSystem({ MQTT_HOST: '0.0.0.0' })
  system.launch()
  browser = await openBrowser()
  // The address that the printed link names: the guide has to name the same host.
  visitor = await openVisitor(browser, `http://localhost:${system.httpPort}`)
  await system.ready()
})

afterEach(() => expect(visitor.complaints.list()).toEqual([]))

afterAll(async () => {
  await browser.close()
  await system.dispose()
})

describe('the first visit, one step after the other', () => {
  it('says on the login page that the set-up link is needed', async () => {
    const { page } = visitor
    await page.goto('/')
    await page.getByText('No administrator exists yet').waitFor()
    expect(new URL(page.url()).pathname).toBe('/login')
    expect(await axeViolations(page)).toEqual([])
  })

  it('makes the first administrator by the printed link, and signs them in', async () => {
    const { page } = visitor
    await page.goto((await system.setupLink()).href)
    await page.getByLabel('Username').fill(ADMIN.username)
    await page.getByLabel('Password', { exact: true }).fill('short')
    await page.getByLabel('Password again').fill('different')
    await page.getByRole('button', { name: 'Create administrator' }).click()
    await page.getByText('The two passwords differ.').waitFor()
    // Brought to the first field that is wrong.
    await page.locator('input[name="password"]:focus').waitFor()
    expect(await axeViolations(page)).toEqual([])

    await page.getByLabel('Password', { exact: true }).fill(ADMIN.password)
    await page.getByLabel('Password again').fill(ADMIN.password)
    await page.getByRole('button', { name: 'Create administrator' }).click()
    await page.getByRole('heading', { name: 'Send the first reading' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/')
    expect(page.url()).not.toContain('token')
  })

  it('guides to the first reading with a command for this very host and port', async () => {
    const { page } = visitor
    await page.getByText(`Listening on localhost:${system.mqttPort}`).waitFor()
    const command = await codeOf(page)
    expect(command).toContain(`mosquitto_pub -h localhost -p ${system.mqttPort}`)
    for (const kind of ['ESP32', 'Raspberry Pi', 'Node.js']) {
      await page.getByRole('tab', { name: kind }).click()
      await page.getByRole('group', { name: 'Code' }).getByText(`${system.mqttPort}`).first().waitFor()
    }
    expect(await axeViolations(page)).toEqual([])
  })

  it('turns live in place when a device publishes what the guide says', async () => {
    const { page } = visitor
    await page.getByRole('tab', { name: 'mosquitto_pub' }).click()
    await page.getByRole('group', { name: 'Code' }).getByText('mosquitto_pub').first().waitFor()
    const command = await codeOf(page)
    const topic = /-t (\S+)/.exec(command)![1]!
    const payload = /-m '(.+)'/.exec(command)![1]!
    const unmoved = await markPage(page)
    await isLive(page)

    const device = await connectDevice(system)
    const publishedAt = performance.now()
    await publish(device, topic, payload)
    await page.getByText('It is here: my-first-device').waitFor()
    say(
      `the first reading was on the screen ${Math.round(performance.now() - publishedAt)} ms after it was sent`,
    )
    await device.endAsync()

    await page.getByRole('button', { name: 'To the overview' }).click()
    const first = tile(page, 'my-first-device')
    await first.getByText('21.5').waitFor()
    await first.getByRole('img', { name: 'online' }).waitFor()
    expect(await first.locator('time').textContent()).toMatch(/^(now|\d+ ?s)$/)
    await page.getByText('1 of 1 device online').waitFor()
    expect(await unmoved()).toBe(true)
  })

  it('goes from the overview to the device and back without a reload', async () => {
    const { page } = visitor
    const unmoved = await markPage(page)
    await tile(page, 'my-first-device').click()
    await card(page, 'temperature').getByText('21.5').waitFor()
    await card(page, 'humidity').getByText('48').waitFor()
    await page.goBack()
    await tile(page, 'my-first-device').waitFor()
    expect(await unmoved()).toBe(true)
  })
})

describe('adding a device', () => {
  it('shows its credentials once; a device logs in with them and writes its own topics only', async () => {
    const { page } = visitor
    await page.goto('/add-device')
    await page.getByLabel('Device id').fill('boiler one')
    await page.getByRole('button', { name: 'Add device' }).click()
    await page.getByText('Only letters, digits').last().waitFor()
    await page.getByLabel('Device id').fill('boiler-1')
    await page.getByLabel('Name').fill('Boiler')
    await page.getByLabel('Site').fill('Cellar')
    await page.getByRole('button', { name: 'Add device' }).click()
    await page.getByRole('heading', { name: 'Boiler is added' }).waitFor()
    await page.getByText('The password is shown this once.').waitFor()
    expect(await axeViolations(page)).toEqual([])
    const secret = async (name: string) => `${await page.getByRole('group', { name }).textContent()}`.trim()
    const credentials = { username: await secret('Username'), password: await secret('Password') }
    expect(await codeOf(page)).toContain(credentials.password)

    const device = await connectDevice(system, credentials)
    await publish(device, 'devices/boiler-1/telemetry', { temperature: 64.25 })
    await device.endAsync()
    const intruder = await connectDevice(system, { ...credentials, reconnectPeriod: 0 })
    const shutOut = new Promise<void>((resolve) => intruder.once('close', resolve))
    intruder.publish('devices/my-first-device/telemetry', '{"temperature":-1}', { qos: 1 }, () => {})
    await shutOut
    intruder.end(true)
    await expect(
      connectAsync(system.mqttUrl, { ...credentials, password: 'wrong', reconnectPeriod: 0 }),
    ).rejects.toThrow(/authori[sz]ed|user name|password/i)

    await page.getByRole('link', { name: 'Open the device' }).click()
    await card(page, 'temperature').getByText('64.3').waitFor()
    await page.getByRole('tab', { name: 'Details' }).click()
    await page.getByText(credentials.username).first().waitFor()
    expect(await page.content()).not.toContain(credentials.password)
    await page.goto('/devices/my-first-device')
    await card(page, 'temperature').getByText('21.5').waitFor()
  })

  it('changes its name and place, revokes its credentials, and deletes it', async () => {
    const { page } = visitor
    await page.goto('/devices/boiler-1?tab=details')
    await page.getByRole('button', { name: 'Actions for Boiler' }).click()
    await page.getByRole('menuitem', { name: 'Name, place and tags' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Big boiler')
    await dialog.getByLabel('Tags').fill('heat, heat, old')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Big boiler' }).waitFor()
    await page.getByText('heat, old').waitFor()

    await page.getByRole('button', { name: /^Revoke / }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('No credentials yet.').waitFor()

    await page.getByRole('button', { name: 'Actions for Big boiler' }).click()
    await page.getByRole('menuitem', { name: 'Delete device' }).click()
    await page.getByLabel('Type boiler-1 to delete it').fill('boiler-1')
    await page.getByRole('dialog').getByRole('button', { name: 'Delete device' }).click()
    await page.getByRole('heading', { name: 'Devices', exact: true }).waitFor()
    await page.getByText('1 device', { exact: true }).waitFor()
    // Its page is not asked for once more on the way out.
    await page.goto('/devices/boiler-1')
    await page.getByText('There is no device boiler-1').waitFor()
    visitor.complaints.expect(/404.*\/api\/devices\/boiler-1$|404.*\/api\/devices\/boiler-1\)/)
  })
})

describe('the session', () => {
  it('survives a reload by its cookie, and lives on in two tabs that renew it at once', async () => {
    const { page } = visitor
    await page.goto('/devices')
    await page.getByRole('heading', { name: 'Devices', exact: true }).waitFor()
    const other = await visitor.newTab()
    await Promise.all([page.reload(), other.goto('/admin/system')])
    await page.getByRole('heading', { name: 'Devices', exact: true }).waitFor()
    await other.getByRole('heading', { name: 'System' }).waitFor()
    await Promise.all([isLive(page), isLive(other)])
    await Promise.all([page.reload(), other.reload()])
    await Promise.all([isLive(page), isLive(other)])
    await other.close()
  })

  it('says why a login failed, and goes where one wanted to go', async () => {
    const { page } = visitor
    await page.goto('/')
    await page.getByRole('button', { name: `Menu of ${ADMIN.username}` }).click()
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    await page.goto('/devices/my-first-device?range=24h')
    await page.getByLabel('Username').fill(ADMIN.username)
    await page.getByLabel('Password', { exact: true }).fill('not the password')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByText('The username or the password is wrong.').waitFor()
    visitor.complaints.expect(/401.*\/api\/auth\/login/)
    expect(await axeViolations(page)).toEqual([])

    await page.getByLabel('Password', { exact: true }).fill(ADMIN.password)
    await page.getByRole('button', { name: 'Log in' }).click()
    await card(page, 'temperature').waitFor()
    const { pathname, search } = new URL(page.url())
    expect(pathname + search).toBe('/devices/my-first-device?range=24h')
    await isLive(page)
  })
})
