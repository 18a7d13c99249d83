import { type AllowedOrigins, AppError } from '@iot/runtime'
import type { Peer } from '../route.js'

/**
 * Refuses what another site's page has a browser send with our cookie. A browser says where a POST comes
 * from by Origin, newer ones by Sec-Fetch-Site as well; what is no browser says neither and holds no
 * cookie of anybody else.
 */
export function requireOwnPage(peer: Peer, origins: AllowedOrigins): void {
  const { origin, fetchSite } = peer
  if (origin !== undefined) {
    if (origins.allows(origin, peer.host)) return
  } else if (fetchSite === undefined || fetchSite === 'same-origin' || fetchSite === 'none') {
    return
  }
  throw new AppError('ORIGIN_REFUSED', 'The session’s cookie works on the dashboard’s own pages only.')
}
