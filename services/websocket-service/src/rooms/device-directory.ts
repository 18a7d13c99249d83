import type { DeviceSite } from '@iot/ports'

/** Where devices are now; undefined: nowhere. */
export type Moves = ReadonlyMap<string, string | undefined>

/** Which device is at which site, as far as this replica knows. Whom it does not know nobody limited to sites can see. */
export class DeviceDirectory {
  readonly #sites = new Map<string, string>()
  readonly #devices = new Map<string, Set<string>>()

  get size(): number {
    return this.#sites.size
  }

  siteOf(deviceId: string): string | undefined {
    return this.#sites.get(deviceId)
  }

  /** The devices at some sites. */
  devicesAt(sites: Iterable<string>): string[] {
    const deviceIds: string[] = []
    for (const site of sites) for (const deviceId of this.#devices.get(site) ?? []) deviceIds.push(deviceId)
    return deviceIds
  }

  /** What is another in a list of all devices that have a site. */
  compare(list: readonly DeviceSite[]): Moves {
    const moves = new Map<string, string | undefined>()
    const listed = new Set<string>()
    for (const { deviceId, site } of list) {
      listed.add(deviceId)
      if (this.#sites.get(deviceId) !== site) moves.set(deviceId, site)
    }
    for (const deviceId of this.#sites.keys()) if (!listed.has(deviceId)) moves.set(deviceId, undefined)
    return moves
  }

  apply(moves: Moves): void {
    for (const [deviceId, site] of moves) {
      this.#leave(deviceId)
      if (site === undefined) continue
      this.#sites.set(deviceId, site)
      const there = this.#devices.get(site)
      if (there) there.add(deviceId)
      else this.#devices.set(site, new Set([deviceId]))
    }
  }

  #leave(deviceId: string): void {
    const site = this.#sites.get(deviceId)
    if (site === undefined) return
    this.#sites.delete(deviceId)
    const there = this.#devices.get(site)
    there?.delete(deviceId)
    if (there?.size === 0) this.#devices.delete(site)
  }
}
