// Transpiles one package: every src/**/*.ts but the tests to dist, file by file. Types are `npm run typecheck`'s.
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

const entries = (await readdir('src', { recursive: true }))
  .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
  .map((name) => join('src', name))

await rm('dist', { recursive: true, force: true })
await build({
  entryPoints: entries,
  outdir: 'dist',
  outbase: 'src',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
  loader: { '.sql': 'copy' },
})
