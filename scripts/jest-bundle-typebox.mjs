// TypeBox is 700 modules, and Jest reads, compiles and links each of them anew for every test file: half a second,
// two hundred times. The tests get it as one file for each of its entries, made once for each version.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const contracts = fileURLToPath(new URL('../packages/contracts', import.meta.url))
const { version } = JSON.parse(readFileSync(join(contracts, 'node_modules/typebox/package.json'), 'utf8'))
const folder = fileURLToPath(new URL(`../.cache/jest/typebox-${version}`, import.meta.url))

const ENTRIES = { typebox: 'index', 'typebox/compile': 'compile', 'typebox/value': 'value' }

/** For Jest's moduleNameMapper. An entry that nobody has named here is loaded as it is, and would be another TypeBox. */
export const typeboxModules = Object.fromEntries(
  Object.entries(ENTRIES).map(([name, file]) => [`^${name}$`, join(folder, `${file}.mjs`)]),
)

/** Jest's globalSetup. */
export default async function bundleTypebox() {
  if (existsSync(folder)) return
  mkdirSync(dirname(folder), { recursive: true })
  const made = mkdtempSync(join(dirname(folder), 'typebox-'))
  await build({
    absWorkingDir: contracts,
    entryPoints: Object.entries(ENTRIES).map(([name, file]) => ({ in: name, out: file })),
    outdir: made,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  })
  try {
    renameSync(made, folder)
  } catch (error) {
    rmSync(made, { recursive: true, force: true })
    // Another run was quicker.
    if (!existsSync(folder)) throw error
  }
}
