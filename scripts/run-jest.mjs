// Jest as all tests are run: ES modules, one time zone, and a second try for what failed in a run of everything.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { cache, passes, root } from './setup.mjs'

/** More files than this don't fail by accident. */
const MOST_TRIED_AGAIN = 3

const env = { NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning', TZ: 'UTC' }
const reports = join(cache, 'jest')

/** Some tests, for working on something: what fails has failed. */
export function runSome(config, args) {
  if (!passes('jest', ['--config', config, ...args], { env })) process.exit(1)
}

/**
 * Everything that a configuration names, or of it what a pattern does. Files that fail are run once more, by
 * themselves, unless there are many; those that pass then are named, since they have a fault too
 * (docs/decisions/0144-a-second-try.md).
 */
export function runAll(config, pattern = []) {
  const report = join(reports, `${config}.json`)
  mkdirSync(reports, { recursive: true })
  rmSync(report, { force: true })
  if (passes('jest', ['--config', config, ...pattern, '--json', '--outputFile', report], { env })) return
  const failed = failedFiles(report)
  if (failed.length === 0 || failed.length > MOST_TRIED_AGAIN) process.exit(1)
  console.error(`\nOnce more, by themselves: ${failed.join(', ')}`)
  runSome(config, ['--runInBand', '--runTestsByPath', ...failed])
  console.error(`\nFAILED AT FIRST, and passed by themselves: ${failed.join(', ')}`)
}

/** None where Jest itself has ended before its report. */
function failedFiles(report) {
  if (!existsSync(report)) return []
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
  return testResults.filter(({ status }) => status === 'failed').map(({ name }) => relative(root, name))
}
