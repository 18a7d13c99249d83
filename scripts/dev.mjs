// npm run dev: the system from its sources, restarted on a change, and the dashboard's dev server on 5173.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { checkNode, install, root } from './setup.mjs'

checkNode()
install()
const binaries = join(root, 'node_modules', '.bin')
const children = [
  spawn(join(binaries, 'tsx'), ['watch', '--conditions=source', 'services/all-in-one/src/main.ts'], {
    cwd: root,
    stdio: 'inherit',
    env: { NODE_ENV: 'development', FRONTEND_URL: 'http://localhost:5173', ...process.env },
  }),
  spawn(join(root, 'dashboard', 'node_modules', '.bin', 'vite'), [], {
    cwd: join(root, 'dashboard'),
    stdio: 'inherit',
  }),
]
function endAll(signal) {
  for (const child of children) child.kill(signal)
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => endAll(signal))
for (const child of children) child.on('exit', () => endAll('SIGTERM'))
