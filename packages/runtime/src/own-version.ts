import { readFileSync } from 'node:fs'

/** The version in the package.json above a main.ts; `moduleUrl` is its import.meta.url. */
export function ownVersion(moduleUrl: string): string {
  const file = new URL('../package.json', moduleUrl)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
