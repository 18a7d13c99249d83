// npm start: packages, build, and the whole system in this one process.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build, checkNode, install, root, SYSTEM } from './setup.mjs'

checkNode()
install()
build(SYSTEM)
process.chdir(root)
if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'))
process.env.DASHBOARD_DIR ??= join(root, 'dashboard', 'dist')
await import('../services/all-in-one/dist/main.js')
