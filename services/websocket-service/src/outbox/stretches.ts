import type { DeviceDirectory } from '../rooms/device-directory.js'
import type { Scope } from '../rooms/scope.js'
import type { WindowLog } from '../window/window-log.js'

/** Places of the readings from a place of the window to its end, as one or another may see them. */
export interface Stretches {
  since(cursor: number, scope: Scope): readonly number[]
}

interface Stretch {
  readonly seqs: readonly number[]
  bySite?: Map<string, number[]>
}

/**
 * Reads each stretch once for all who ask, and sorts it by site once, when the first asks who is limited to some: what
 * a set of sites costs is the readings it has. Lasts as long as nothing is added to the window.
 */
export function createStretches(deps: {
  log: Pick<WindowLog, 'seqsSince' | 'deviceIdAt'>
  directory: Pick<DeviceDirectory, 'siteOf'>
}): Stretches {
  const stretches = new Map<number, Stretch>()

  function stretchOf(cursor: number): Stretch {
    let stretch = stretches.get(cursor)
    if (!stretch) {
      stretch = { seqs: deps.log.seqsSince(cursor) }
      stretches.set(cursor, stretch)
    }
    return stretch
  }

  function sortBySite(seqs: readonly number[]): Map<string, number[]> {
    const bySite = new Map<string, number[]>()
    for (const seq of seqs) {
      const site = deps.directory.siteOf(deps.log.deviceIdAt(seq))
      if (site === undefined) continue
      const there = bySite.get(site)
      if (there) there.push(seq)
      else bySite.set(site, [seq])
    }
    return bySite
  }

  return {
    since(cursor, { sites }) {
      const stretch = stretchOf(cursor)
      if (!sites) return stretch.seqs
      stretch.bySite ??= sortBySite(stretch.seqs)
      const { bySite } = stretch
      const parts = [...sites].flatMap((site) => {
        const there = bySite.get(site)
        return there ? [there] : []
      })
      // Each site's readings are in order already.
      return parts.length === 1 ? parts[0]! : parts.flat().sort((a, b) => a - b)
    },
  }
}
