import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, it } from '@jest/globals'
import { say } from '../harness/say.js'

const DIST = fileURLToPath(new URL('../../dashboard/dist', import.meta.url))
/** Of script, gzipped: what a phone in a plant loads before it shows anything. */
const BUDGET_BYTES = 200_000

it('the first load of the dashboard keeps to its budget', async () => {
  const page = await readFile(join(DIST, 'index.html'), 'utf8')
  const scripts = [...page.matchAll(/(?:src|modulepreload[^>]*href)="(\/[^"]+\.js)"/g)].map(
    ([, path]) => path!,
  )
  expect(scripts.length).toBeGreaterThan(3)
  const sizes = await Promise.all(
    scripts.map(async (path) => gzipSync(await readFile(join(DIST, path))).byteLength),
  )
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  say(`${scripts.length} scripts, ${(bytes / 1_000).toFixed(1)} kB gzipped`)
  expect(bytes).toBeLessThanOrEqual(BUDGET_BYTES)
})
