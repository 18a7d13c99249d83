// npm run generate: writes what is made from the code's own tables (.env.example, docs/reference). A test checks
// that it was run.
import { checkNode, install, run } from './setup.mjs'

checkNode()
install()
run(process.execPath, ['--import', 'tsx', '--conditions=source', 'scripts/generate/main.ts'])
