// npm test: units and whole services, then the whole system from outside (kill -9 and all), with Node alone.
// npm test -- <jest arguments>: the unit run with these arguments, for working on something.
// npm run test:fleet: the adapters and the fleet on the real servers, in containers of a Docker engine.
// npm run test:browser: the same from a real browser (CHROMIUM names it, /usr/bin/chromium without).
import { build, checkNode, install, run, SYSTEM } from './setup.mjs'

const args = process.argv.slice(2)
const jestEnvironment = {
  NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
  TZ: 'UTC',
}
const jest = (config, more = []) => run('jest', ['--config', config, ...more], { env: jestEnvironment })

/** Two files at once, and by itself the one whose load must come at its rate for what it judges to happen in time. */
function endToEnd() {
  jest('jest.e2e.config.js', ['/e2e/(?!bad-days/frozen)'])
  jest('jest.e2e.config.js', ['/e2e/bad-days/frozen'])
}

checkNode()
install()
if (args[0] === '--browser') {
  build(SYSTEM)
  jest('jest.browser.config.js', args.slice(1))
} else if (args[0] === '--fleet') {
  build(SYSTEM)
  jest('jest.fleet.config.js', args.slice(1))
} else if (args[0] === '--e2e') {
  build(SYSTEM)
  if (args.length > 1) jest('jest.e2e.config.js', args.slice(1))
  else endToEnd()
} else if (args.length > 0) {
  jest('jest.config.js', args)
} else {
  build(SYSTEM)
  jest('jest.config.js')
  endToEnd()
}
