// npm run bench -- NAME [options]: runs bench/NAME/main.ts from source. Results: a table here, and bench/results/NAME.json.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkNode, install } from './setup.mjs'

checkNode()
install()
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const [name = '', ...options] = process.argv.slice(2)
const main = join(root, 'bench', name, 'main.ts')
if (!/^[a-z-]+$/.test(name) || !existsSync(main)) {
  const names = readdirSync(join(root, 'bench')).filter((one) =>
    existsSync(join(root, 'bench', one, 'main.ts')),
  )
  console.error(`npm run bench -- NAME; there are: ${names.join(', ')}`)
  process.exit(64)
}
const run = spawnSync(process.execPath, ['--conditions=source', '--import', 'tsx', main, ...options], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(run.status ?? 1)
