// npm run bench -- NAME [options]: runs bench/NAME/main.ts from source. Results: a table here, and bench/results/NAME.json.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkNode, install, root, runFromSource } from './setup.mjs'

checkNode()
install()
const [name = '', ...options] = process.argv.slice(2)
const main = join(root, 'bench', name, 'main.ts')
if (!/^[a-z-]+$/.test(name) || !existsSync(main)) {
  const names = readdirSync(join(root, 'bench')).filter((one) =>
    existsSync(join(root, 'bench', one, 'main.ts')),
  )
  console.error(`npm run bench -- NAME; there are: ${names.join(', ')}`)
  process.exit(64)
}
runFromSource(main, options)
