import type { Subscription } from '../rooms/subscription.js'
import type { KindText } from '../window/heads.js'

/**
 * One batch window of a session: which devices' readings go into it, and how far it has sent. Every reading is
 * in one lane of a session at most.
 */
export interface Lane {
  readonly latest: boolean
  readonly everyTicks: number
  /** every device but those of `except` */
  readonly all: boolean
  readonly devices: ReadonlySet<string>
  /** devices that a better lane of the same session has */
  readonly except: ReadonlySet<string>
  /** place in the window of readings up to which all was sent */
  cursor: number
  /** how far readings go at the cursor */
  upTo: KindText
}

/** Of the many sessions that have none. */
export const NO_LANES: readonly Lane[] = []

/**
 * Sorts a session's batch subscriptions into lanes. Complete beats latest, the shorter window wins; complete
 * subscriptions share one lane at the shortest of their windows, which costs no more frames and no more bytes.
 */
export function assignLanes(
  subscriptions: Iterable<Subscription>,
  begin: { cursor: number; upTo: KindText },
  before: readonly Lane[] = NO_LANES,
): readonly Lane[] {
  const wishes = gather(subscriptions)
  const lanes: Lane[] = []
  const taken = new Set<string>()
  for (const wish of wishes) {
    const devices = new Set([...wish.devices].filter((deviceId) => !taken.has(deviceId)))
    if (!wish.all && devices.size === 0) continue
    const old = before.find(
      (lane) => lane.latest === wish.latest && (!lane.latest || lane.everyTicks === wish.everyTicks),
    )
    lanes.push({
      latest: wish.latest,
      everyTicks: wish.everyTicks,
      all: wish.all,
      devices,
      except: wish.all ? new Set(taken) : new Set(),
      cursor: old?.cursor ?? begin.cursor,
      upTo: old?.upTo ?? begin.upTo,
    })
    if (wish.all) break
    for (const deviceId of devices) taken.add(deviceId)
  }
  return lanes.length > 0 ? lanes : NO_LANES
}

/** The lane that carries a device's readings to a session. */
export function laneOf(lanes: readonly Lane[], deviceId: string): Lane | undefined {
  return lanes.find((lane) => (lane.all && !lane.except.has(deviceId)) || lane.devices.has(deviceId))
}

interface Wish {
  readonly latest: boolean
  everyTicks: number
  all: boolean
  readonly devices: Set<string>
}

/** Best first: the complete one, then those of newest values by window. */
function gather(subscriptions: Iterable<Subscription>): Wish[] {
  const wishes = new Map<string, Wish>()
  for (const { batch, deviceId } of subscriptions) {
    if (!batch) continue
    const key = batch.latest ? `latest ${batch.everyTicks}` : 'complete'
    let wish = wishes.get(key)
    if (!wish) {
      wish = { ...batch, all: false, devices: new Set() }
      wishes.set(key, wish)
    }
    wish.everyTicks = Math.min(wish.everyTicks, batch.everyTicks)
    if (deviceId === undefined) wish.all = true
    else wish.devices.add(deviceId)
  }
  return [...wishes.values()].sort(
    (a, b) => Number(a.latest) - Number(b.latest) || a.everyTicks - b.everyTicks,
  )
}
