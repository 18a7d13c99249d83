// What `npm start`, `npm test` and the others need first: the packages, exactly as the lockfile has them, and
// the build. Both are skipped when nothing has changed, so a second start needs no network and little time.
// Everything is written inside the project's folder, caches too.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const binaries = join(root, 'node_modules', '.bin')
export const cache = join(root, '.cache')
const stampFile = join(root, 'node_modules', '.setup')

/** The environment of every tool: its caches, state and configuration lie in .cache. */
const toolEnvironment = {
  ...process.env,
  PATH: `${binaries}${delimiter}${process.env.PATH}`,
  npm_config_cache: join(cache, 'npm'),
  XDG_CACHE_HOME: cache,
  XDG_CONFIG_HOME: join(cache, 'config'),
  XDG_DATA_HOME: join(cache, 'share'),
  XDG_STATE_HOME: join(cache, 'state'),
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
}

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  fail(
    `This needs Node 20.19 or newer, and ${process.execPath} is ${process.version}. Install a newer one from https://nodejs.org.`,
  )
}

/** Installs the packages of the lockfile unless they are there already. */
export function install() {
  const stamp = stampOf(['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'])
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  const begin = performance.now()
  console.log('Installing packages (first time, or the lockfile has changed) …')
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  run(
    'npx',
    ['--yes', packageManager, 'install', '--frozen-lockfile', '--config.confirm-modules-purge=false'],
    {
      onFailure:
        'The packages could not be installed. The first start needs the npm registry; see the lines above.',
    },
  )
  writeFileSync(stampFile, stamp)
  console.log(`Packages installed in ${seconds(begin)} s.`)
}

/** What `npm start` runs and shows: the bundled process has the other packages in it, from their sources. */
export const SYSTEM = ['@iot/all-in-one', '@iot/dashboard']

/** Builds what has changed since the last build: the named packages (`name...` with what they need), or all. */
export function build(packages = []) {
  const begin = performance.now()
  run(
    'turbo',
    [
      'run',
      'build',
      ...packages.map((name) => `--filter=${name}`),
      '--output-logs=errors-only',
      '--cache-dir',
      join(cache, 'turbo'),
      '--no-update-notifier',
    ],
    {
      onFailure: 'The build failed; see the lines above.',
      quiet: true,
    },
  )
  console.log(`Built in ${seconds(begin)} s.`)
}

/** Runs a program of the project from source, and ends this process with its exit code. */
export function runFromSource(file, args = []) {
  const result = spawnSync(process.execPath, ['--conditions=source', '--import', 'tsx', file, ...args], {
    cwd: root,
    stdio: 'inherit',
  })
  process.exit(result.status ?? 1)
}

/** Runs a tool of the project and ends this process when it fails. */
export function run(command, args, { onFailure, ...how } = {}) {
  if (passes(command, args, how)) return
  if (onFailure) fail(onFailure)
  process.exit(1)
}

/** Runs a tool of the project: whether it ended well. What a quiet one said is shown when it has not. */
export function passes(command, args, { quiet = false, env = {} } = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    encoding: 'utf8',
    env: { ...toolEnvironment, ...env },
    shell: process.platform === 'win32',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (result.status === 0) return true
  if (quiet) process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`)
  if (result.error) process.stderr.write(`${result.error.message}\n`)
  return false
}

function stampOf(files) {
  const hash = createHash('sha256').update(`${process.version} ${process.platform} ${process.arch}`)
  for (const file of files) hash.update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

function seconds(begin) {
  return ((performance.now() - begin) / 1_000).toFixed(1)
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
