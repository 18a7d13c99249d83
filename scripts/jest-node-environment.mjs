// Jest's runner makes an AsyncLocalStorage for each test file and never turns it off. In Node 20 every promise of a
// process asks every storage that is on, so a worker's hundredth file paid for the ninety-nine before it: a sixth of
// all CPU. What a file has turned on is turned off after it. To be deleted with Node 20, or when the runner does it.
import { AsyncLocalStorage } from 'node:async_hooks'
import { TestEnvironment } from 'jest-environment-node'

const used = new Set()
const { run } = AsyncLocalStorage.prototype
AsyncLocalStorage.prototype.run = function (...args) {
  used.add(this)
  return run.apply(this, args)
}

export default class extends TestEnvironment {
  async teardown() {
    for (const storage of used) storage.disable()
    used.clear()
    await super.teardown()
  }
}
