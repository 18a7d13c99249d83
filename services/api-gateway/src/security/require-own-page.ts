import { AppError } from '@iot/runtime'
import type { Peer } from '../route.js'

/**
 * Refuses what another site's page has a browser send with our cookie. A browser says where a POST comes
 * from by Origin, newer ones by Sec-Fetch-Site as well; what is no browser says neither and holds no
 * cookie of anybody else.
 */
export function requireOwnPage(peer: Peer, allowed: readonly string[]): void {
  if (peer.origin !== undefined) {
    if (allowed.includes(peer.origin) || hostOf(peer.origin) === peer.host.toLowerCase()) return
  } else if (peer.fetchSite === undefined || peer.fetchSite === 'same-origin' || peer.fetchSite === 'none') {
    return
  }
  throw new AppError('ORIGIN_REFUSED', 'The session’s cookie works on the dashboard’s own pages only.')
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
