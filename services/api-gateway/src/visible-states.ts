import { maySee } from '@iot/domain'
import type { DeviceState, DeviceStore, LiveState } from '@iot/ports'

/** Devices that are looked at in one step. */
const DEVICES_AT_ONCE = 500
/** Counting goes through every device of the sites, so who asks again so soon gets the same figures. */
const FIGURES_LAST_MS = 10_000
const MAX_KEPT_FIGURES = 100

type Sites = readonly string[] | undefined

/** The live states of the devices that exist for somebody: of their sites, or all. */
export interface VisibleStates {
  /** Of one device; undefined where nothing is known of it, or it is not for them. */
  get(deviceId: string, sites: Sites): Promise<DeviceState | undefined>
  /** Some states in order of device id, after a device; `next` is where more of them may follow. */
  list(sites: Sites, after: string | undefined): Promise<{ states: DeviceState[]; next?: string }>
  /** How many devices the sites have, and how many of them are online. */
  count(sites: readonly string[]): Promise<{ total: number; online: number }>
}

export function createVisibleStates(deps: { devices: DeviceStore; state: LiveState }): VisibleStates {
  const { devices, state } = deps
  const figures = new Map<string, { at: number; counted: Promise<{ total: number; online: number }> }>()

  async function list(sites: Sites, after: string | undefined) {
    const page = { limit: DEVICES_AT_ONCE, ...(after !== undefined && { after }) }
    // Which site a device has is known to the store; who sees all of them needs no store.
    const rows = sites ? await devices.list({ ...page, sites }) : await state.list(page)
    const ids = rows.map(({ deviceId }) => deviceId)
    const states = sites ? await state.get(ids) : (rows as DeviceState[])
    const next = rows.length < DEVICES_AT_ONCE ? undefined : ids.at(-1)
    return { states, ...(next !== undefined && { next }) }
  }

  async function countOnline(sites: readonly string[]): Promise<number> {
    let online = 0
    let after: string | undefined
    do {
      const { states, next } = await list(sites, after)
      online += states.filter(({ status }) => status === 'online').length
      after = next
    } while (after !== undefined)
    return online
  }

  async function count(sites: readonly string[]) {
    const [total, online] = await Promise.all([devices.count({ sites }), countOnline(sites)])
    return { total, online }
  }

  return {
    async get(deviceId, sites) {
      if (sites && !maySee(sites, (await devices.get(deviceId))?.site)) return undefined
      return (await state.get([deviceId]))[0]
    },
    list,
    count(sites) {
      const key = JSON.stringify([...sites].sort())
      const kept = figures.get(key)
      if (kept && performance.now() - kept.at < FIGURES_LAST_MS) return kept.counted
      const counted = count(sites)
      figures.delete(key)
      if (figures.size >= MAX_KEPT_FIGURES) figures.delete(figures.keys().next().value!)
      figures.set(key, { at: performance.now(), counted })
      counted.catch(() => figures.delete(key))
      return counted
    },
  }
}
