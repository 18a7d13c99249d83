import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

export interface SourceFile {
  /** from the root, with / */
  readonly path: string
  readonly text: string
  readonly isTest: boolean
  /** module names of every import and export-from, dynamic ones too */
  readonly imports: readonly string[]
}

const SKIPPED = new Set(['node_modules', 'dist', '.git', '.cache', '.turbo', 'data'])

/** Every TypeScript file of ours below a folder. */
export function sourceFiles(folder: string): SourceFile[] {
  return walk(join(root, folder))
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => {
      const path = relative(root, file).replaceAll('\\', '/')
      const text = readFileSync(file, 'utf8')
      return {
        path,
        text,
        isTest: /\.test\.tsx?$/.test(path) || path.includes('/testing/'),
        imports: importsOf(text),
      }
    })
}

export function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? walk(path) : [path]
  })
}

function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '')
  const found = code.matchAll(
    /^\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
  )
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}
