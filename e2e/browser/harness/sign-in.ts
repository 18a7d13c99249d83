import type { Page } from 'playwright-core'
import { ADMIN } from '../../harness/api.js'

/** The environment of a system whose first administrator exists from the start. */
export const WITH_ADMIN = { ADMIN_USERNAME: ADMIN.username, ADMIN_PASSWORD: ADMIN.password }

/** Logs in by the page, as a person does, and waits until the overview or `path` stands. */
export async function signIn(page: Page, path = '/', account = ADMIN): Promise<void> {
  await page.goto(path)
  await page.getByLabel('Username').fill(account.username)
  await page.getByLabel('Password', { exact: true }).fill(account.password)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('button', { name: `Menu of ${account.username}` }).waitFor()
}
