/**
 * Whether a device exists for somebody: for who is limited to sites, the devices of these sites alone; a device
 * without a site is none of them.
 */
export function maySee(sites: readonly string[] | undefined, site: string | undefined): boolean {
  return sites === undefined || (site !== undefined && sites.includes(site))
}
