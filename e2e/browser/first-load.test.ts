import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, it } from '@jest/globals'
import { say } from '../harness/say.js'

const DIST = fileURLToPath(new URL('../../dashboard/dist', import.meta.url))
const ALL_STYLES = fileURLToPath(
  new URL('../../dashboard/node_modules/@mantine/core/styles.css', import.meta.url),
)
/** What the library calls its components' classes. */
const MANTINE_CLASS = /\bm_[0-9a-f]{6,8}\b/g
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

it('the styles of every component in its code are in it', async () => {
  const files = await readdir(join(DIST, 'assets'))
  const read = async (ending: string) =>
    (
      await Promise.all(
        files
          .filter((name) => name.endsWith(ending))
          .map((name) => readFile(join(DIST, 'assets', name), 'utf8')),
      )
    ).join('\n')
  const [code, styles, all] = await Promise.all([read('.js'), read('.css'), readFile(ALL_STYLES, 'utf8')])
  const classesIn = (text: string) => new Set(text.match(MANTINE_CLASS))
  const styled = classesIn(all)
  const wanted = [...classesIn(code)].filter((name) => styled.has(name))
  expect(wanted.length).toBeGreaterThan(50)
  const present = classesIn(styles)
  expect(wanted.filter((name) => !present.has(name))).toEqual([])
})
