import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { StartError } from '@iot/runtime'

/** Files of a dashboard at most; a folder with more is not one. */
const MAX_FILES = 5_000

/** Vite writes a hash of the content into the names under `assets/`: such a file never changes. */
const HASHED = /^assets\/.+-[A-Za-z0-9_-]{8,}\.[A-Za-z0-9.]+$/
const INDEX = 'index.html'

export interface DashboardFile {
  /** below the dashboard's folder */
  readonly name: string
  readonly cacheControl: string
}

/** Which file answers a path. Only files that were there at the start are ever named, so no path leads outside. */
export interface DashboardFiles {
  readonly root: string
  /** Undefined where no file and no page answers. `accept` is the request’s header. */
  find(urlPath: string, accept: string | undefined): DashboardFile | undefined
}

/**
 * Lists the built dashboard. Paths below the reserved ones are never answered with a page. Throws a StartError
 * when the folder holds none.
 */
export async function openDashboardFiles(root: string, reserved: readonly string[]): Promise<DashboardFiles> {
  const names = await listFiles(path.resolve(root))
  if (!names.has(INDEX)) {
    throw new StartError(
      `DASHBOARD_DIR: there is no built dashboard in ${root}; build it, or unset the variable.`,
    )
  }

  function isReserved(urlPath: string): boolean {
    return reserved.some((prefix) => urlPath === prefix || urlPath.startsWith(`${prefix}/`))
  }

  return {
    root: path.resolve(root),
    find(urlPath, accept) {
      if (isReserved(urlPath)) return undefined
      const decoded = decode(urlPath)
      if (decoded === undefined) return undefined
      const name = decoded.slice(1)
      if (names.has(name)) return { name, cacheControl: cacheControlOf(name) }
      if (decoded.startsWith('/assets/') || !wantsPage(decoded, accept)) return undefined
      return { name: INDEX, cacheControl: cacheControlOf(INDEX) }
    },
  }
}

async function listFiles(root: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((error) => {
    throw new StartError(`DASHBOARD_DIR: ${root} can’t be read (${error.code}).`, { cause: error })
  })
  if (entries.length > MAX_FILES) {
    throw new StartError(`DASHBOARD_DIR: ${root} holds more than ${MAX_FILES} files: that is no dashboard.`)
  }
  return new Set(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
      .filter((name) => !/(^|\/)\.|\.(br|gz)$/.test(name)),
  )
}

function decode(urlPath: string): string | undefined {
  try {
    return decodeURIComponent(urlPath)
  } catch {
    return undefined
  }
}

function cacheControlOf(name: string): string {
  if (HASHED.test(name)) return 'public, max-age=31536000, immutable'
  return name === INDEX ? 'no-cache' : 'public, max-age=3600'
}

/**
 * The dashboard's own paths all load its one page. A browser that opens a page asks for HTML by name; one that
 * loads a missing picture or script, or a program, takes anything, and gets a page only where the path looks
 * like one.
 */
function wantsPage(urlPath: string, accept: string | undefined): boolean {
  if (accept?.includes('text/html')) return true
  const anything = accept === undefined || accept.includes('*/*')
  return anything && !urlPath.slice(urlPath.lastIndexOf('/')).includes('.')
}
