// npm test: units and whole services, then the whole system from outside (kill -9 and all), with Node alone.
// npm test -- <jest arguments>: the unit run with these arguments, for working on something.
// npm run test:fleet: the adapters and the fleet on the real servers, in containers of a Docker engine.
// npm run test:browser: the same from a real browser (CHROMIUM names it, /usr/bin/chromium without).
import { runAll, runSome } from './run-jest.mjs'
import { build, checkNode, install, SYSTEM } from './setup.mjs'

const [form, ...more] = process.argv.slice(2)
/** What each form runs. */
const FORMS = {
  '--e2e': { config: 'jest.e2e.config.js', all: endToEnd },
  '--browser': { config: 'jest.browser.config.js', all: runAll },
  '--fleet': { config: 'jest.fleet.config.js', all: runAll },
}

/** Two files at once, and by itself the one whose load must come at its rate for what it judges to happen in time. */
function endToEnd(config) {
  runAll(config, ['/e2e/(?!bad-days/frozen)'])
  runAll(config, ['/e2e/bad-days/frozen'])
}

checkNode()
install()
if (form === undefined) {
  build(SYSTEM)
  runAll('jest.config.js')
  endToEnd('jest.e2e.config.js')
} else if (form in FORMS) {
  const { config, all } = FORMS[form]
  build(SYSTEM)
  if (more.length > 0) runSome(config, more)
  else all(config)
} else {
  runSome('jest.config.js', [form, ...more])
}
