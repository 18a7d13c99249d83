import { parseTime } from '@iot/domain'
import type { DeviceState, LiveState } from '@iot/ports'
import type { RuleSet } from './alerts/rule-set.js'
import { within } from './within.js'

const STATES_AT_ONCE = 500
const ANSWER_MS = 5_000
/** A site that was looked at whole is not looked at again for so long per device, so that a large one costs no more. */
const REST_MS_PER_DEVICE = 2

export interface SiteFinding {
  /** all of its devices that have ever said anything, and are not in maintenance, are offline */
  readonly isSilent: boolean
  readonly offline: number
  /** when one that is online was last heard */
  readonly spokenMs: number
}

/**
 * Finds out whether all of a site is silent. One device that speaks says that it is not, so the one that did so last
 * time is asked first, and most of the time that is all.
 */
export class SiteScan {
  readonly #state: Pick<LiveState, 'get'>
  readonly #witness = new Map<string, string>()
  readonly #restUntilMs = new Map<string, number>()
  #asked = new Map<string, DeviceState>()

  constructor({ state }: { readonly state: Pick<LiveState, 'get'> }) {
    this.#state = state
  }

  /** Asks for the witnesses of all sites at once. */
  async askWitnesses(sites: readonly string[]): Promise<void> {
    const witnesses = sites.flatMap((site) => this.#witness.get(site) ?? [])
    this.#asked = new Map()
    for (let at = 0; at < witnesses.length; at += STATES_AT_ONCE) {
      for (const state of await this.#get(witnesses.slice(at, at + STATES_AT_ONCE))) {
        this.#asked.set(state.deviceId, state)
      }
    }
  }

  /** `afterMs`: one that was heard after that is looked for. Undefined: nothing new. */
  async look(
    site: string,
    rules: RuleSet,
    afterMs: number | undefined,
    nowMs: number,
  ): Promise<SiteFinding | undefined> {
    const witness = this.#asked.get(this.#witness.get(site) ?? '')
    const isAt = witness !== undefined && rules.siteOf(witness.deviceId) === site
    if (isAt && witness.status === 'online' && isHeardAfter(witness, afterMs)) return found(0, witness)
    if (nowMs < (this.#restUntilMs.get(site) ?? 0)) return undefined
    const deviceIds = rules.devicesAt(site)
    let best: DeviceState | undefined
    let offline = 0
    let excused = 0
    for (let at = 0; at < deviceIds.length; at += STATES_AT_ONCE) {
      for (const state of await this.#get(deviceIds.slice(at, at + STATES_AT_ONCE))) {
        const { deviceId, status } = state
        const isExcused = status === 'maintenance' || rules.isSuppressed(deviceId, nowMs)
        if (isExcused) excused += 1
        else if (status === 'offline') offline += 1
        if (!isExcused && status === 'online' && heardMs(state) > heardMs(best)) best = state
      }
      if (best && isHeardAfter(best, afterMs)) break
    }
    if (best) this.#witness.set(site, best.deviceId)
    if (!best || !isHeardAfter(best, afterMs)) {
      this.#restUntilMs.set(site, nowMs + deviceIds.length * REST_MS_PER_DEVICE)
    }
    // States that are missing are no word that somebody is back.
    if (!best && offline < 2 && excused === 0) return undefined
    return found(best ? 0 : offline, best)
  }

  #get(deviceIds: readonly string[]): Promise<DeviceState[]> {
    return within(ANSWER_MS, this.#state.get(deviceIds))
  }
}

/** `offline`: how many, where none is online. One alone speaks for itself. */
function found(offline: number, witness: DeviceState | undefined): SiteFinding {
  return { isSilent: offline >= 2, offline, spokenMs: heardMs(witness) }
}

function isHeardAfter(state: DeviceState, afterMs: number | undefined): boolean {
  return afterMs === undefined || heardMs(state) > afterMs
}

function heardMs(state: DeviceState | undefined): number {
  const ms = state?.lastSeen === undefined ? undefined : parseTime(state.lastSeen)
  return ms ?? Number.NEGATIVE_INFINITY
}
