import type { DeviceDirectory } from '../rooms/device-directory.js'
import type { Scope } from '../rooms/scope.js'
import type { WindowItem, WindowLog } from '../window/window-log.js'

/** The readings from places of the window to its end, as one or another may see them. */
export interface Stretches {
  since(cursor: number, scope: Scope): readonly WindowItem[]
}

interface Stretch {
  readonly items: readonly WindowItem[]
  bySite?: Map<string, WindowItem[]>
}

/**
 * Reads each stretch once for all who ask, and sorts it by site once, when the first asks who is limited to some: what
 * a set of sites costs is the readings it has. Lasts as long as nothing is added to the window.
 */
export function createStretches(deps: {
  log: Pick<WindowLog, 'since'>
  directory: Pick<DeviceDirectory, 'siteOf'>
}): Stretches {
  const stretches = new Map<number, Stretch>()

  function stretchOf(cursor: number): Stretch {
    let stretch = stretches.get(cursor)
    if (!stretch) {
      stretch = { items: deps.log.since(cursor) }
      stretches.set(cursor, stretch)
    }
    return stretch
  }

  function sortBySite(items: readonly WindowItem[]): Map<string, WindowItem[]> {
    const bySite = new Map<string, WindowItem[]>()
    for (const item of items) {
      const site = deps.directory.siteOf(item.entry.deviceId)
      if (site === undefined) continue
      const there = bySite.get(site)
      if (there) there.push(item)
      else bySite.set(site, [item])
    }
    return bySite
  }

  return {
    since(cursor, { sites }) {
      const stretch = stretchOf(cursor)
      if (!sites) return stretch.items
      stretch.bySite ??= sortBySite(stretch.items)
      const { bySite } = stretch
      const parts = [...sites].flatMap((site) => {
        const there = bySite.get(site)
        return there ? [there] : []
      })
      // Each site's readings are in order already.
      return parts.length === 1 ? parts[0]! : parts.flat().sort((a, b) => a.seq - b.seq)
    },
  }
}
