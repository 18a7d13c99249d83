// npm run chaos: every container of a fleet of its own killed, frozen and cut off, under load (chaos/main.ts).
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkNode, install } from './setup.mjs'

checkNode()
install()
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const main = join(root, 'chaos', 'main.ts')
const run = spawnSync(process.execPath, ['--conditions=source', '--import', 'tsx', main], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(run.status ?? 1)
