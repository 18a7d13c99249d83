import { isOpen } from '@iot/domain'
import type { RuleSet } from './rule-set.js'
import type { Slot } from './slot.js'

/** How long an alert about a device waits for word of its site. */
const WAIT_MS = 10_000
/** And at most where nobody at the site has said anything meanwhile, and some are only not yet missed. */
const QUIET_WAIT_MS = 600_000
/** After all of a site was silent, its devices have so long to come back before each is told of. */
const GRACE_MS = 60_000

/** What is known of a site as a whole. */
export interface SiteWord {
  /** all of its devices are offline */
  readonly isSilent: boolean
  /** when one of its devices that are online was last heard, as far as that was looked for */
  readonly spokenMs: number
  /** when it was last found not to be silent any more */
  readonly backMs: number
}

/** Alerts of one partition about devices that don't speak, held back while their whole site may have fallen silent. */
export class HeldOpenings {
  readonly #rules: () => RuleSet
  readonly #bySite = new Map<string, Map<Slot, number>>()
  /** false: nobody looks after sites, so nothing waits */
  isWatched = false

  constructor(rules: () => RuleSet) {
    this.#rules = rules
  }

  /** Answers whether an opening waits. */
  take(slot: Slot, nowMs: number): boolean {
    if (!this.isWatched || slot.compiled.mindsValues) return false
    const rules = this.#rules()
    const site = rules.siteOf(slot.device.deviceId)
    if (site === undefined || rules.devicesAt(site).length < 2) return false
    let held = this.#bySite.get(site)
    if (!held) {
      held = new Map()
      this.#bySite.set(site, held)
    }
    held.set(slot, nowMs)
    return true
  }

  /** When the newest opening of a site was held back; undefined: none waits. */
  newestMs(site: string): number | undefined {
    let newestMs: number | undefined
    for (const heldMs of this.#bySite.get(site)?.values() ?? [])
      newestMs = Math.max(newestMs ?? heldMs, heldMs)
    return newestMs
  }

  sites(): Iterable<string> {
    return this.#bySite.keys()
  }

  /** Takes out what is not to wait any longer: up to `limit` that are to be opened now. */
  release(site: string, word: SiteWord | undefined, nowMs: number, limit: number): Slot[] {
    const held = this.#bySite.get(site)
    const released: Slot[] = []
    for (const [slot, heldMs] of held ?? []) {
      const isOver = slot.isGone || !isOpen(slot.condition)
      const hasMoved = this.#rules().siteOf(slot.device.deviceId) !== site
      if (!isOver && !hasMoved && mustWait(slot, heldMs, word, nowMs)) continue
      if (!isOver && released.length >= limit) break
      held!.delete(slot)
      if (!isOver) released.push(slot)
    }
    if (held?.size === 0) this.#bySite.delete(site)
    return released
  }
}

function mustWait({ device }: Slot, heldMs: number, word: SiteWord | undefined, nowMs: number): boolean {
  if (word?.isSilent) return true
  if (nowMs < heldMs + WAIT_MS) return true
  if (!word) return false
  if (nowMs < word.backMs + GRACE_MS) return true
  if (word.spokenMs > heldMs) return false
  const patienceMs = device.usual.patienceMs() ?? 0
  return nowMs < heldMs + Math.min(patienceMs, QUIET_WAIT_MS)
}
