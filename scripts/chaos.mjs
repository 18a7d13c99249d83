// npm run chaos: every container of a fleet of its own killed, frozen and cut off, under load (chaos/main.ts).
import { join } from 'node:path'
import { checkNode, install, root, runFromSource } from './setup.mjs'

checkNode()
install()
runFromSource(join(root, 'chaos', 'main.ts'))
