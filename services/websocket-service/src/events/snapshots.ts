import type { Reading, StatusEvent } from '@iot/contracts'
import type { DeviceState, LiveState } from '@iot/ports'
import type { DeviceDirectory } from '../rooms/device-directory.js'
import type { Scope } from '../rooms/scope.js'
import { createSharing } from './sharing.js'

const PAGE = 500
/** Readings in one answer; a fleet with more is asked for page by page over REST. */
const MAX_READINGS = 50_000

/** Newest state, as of a moment after it was asked for. */
export interface Snapshots {
  of(deviceId: string): Promise<DeviceState[]>
  /**
   * Every device of a scope, as the directory had them at the time. Undefined where that is more than one answer may
   * hold: never a part.
   */
  all(scope: Scope): Promise<DeviceState[] | undefined>
}

export function createSnapshots(deps: {
  state: Pick<LiveState, 'get' | 'list'>
  directory: Pick<DeviceDirectory, 'devicesAt'>
}): Snapshots {
  const { state, directory } = deps
  const share = createSharing<DeviceState[] | undefined>()

  async function readAll(): Promise<DeviceState[] | undefined> {
    return gather(async (last) => {
      const page = await state.list({ limit: PAGE, ...(last && { after: last.deviceId }) })
      return { page, isLast: page.length < PAGE }
    })
  }

  async function readSites(sites: ReadonlySet<string>): Promise<DeviceState[] | undefined> {
    const deviceIds = directory.devicesAt(sites)
    let from = 0
    return gather(async () => {
      const page = await state.get(deviceIds.slice(from, from + PAGE))
      from += PAGE
      return { page, isLast: from >= deviceIds.length }
    })
  }

  return {
    of: async (deviceId) => await state.get([deviceId]),
    all: ({ key, sites }) => share(key, () => (sites ? readSites(sites) : readAll())),
  }
}

/** Puts pages together, up to the bound. */
async function gather(
  next: (last: DeviceState | undefined) => Promise<{ page: DeviceState[]; isLast: boolean }>,
): Promise<DeviceState[] | undefined> {
  const states: DeviceState[] = []
  let readings = 0
  for (;;) {
    const { page, isLast } = await next(states.at(-1))
    for (const one of page) {
      states.push(one)
      readings += one.readings.length
    }
    if (readings > MAX_READINGS) return undefined
    if (isLast) return states
  }
}

export function readingsOf(states: readonly DeviceState[]): Reading[] {
  return states.flatMap(({ readings }) => readings)
}

/** Devices that have said nothing of themselves have no status event. */
export function statusOf(states: readonly DeviceState[]): StatusEvent[] {
  return states.flatMap(({ deviceId, status, statusAt, location, lastSeen }) => {
    const timestamp = statusAt ?? lastSeen
    if (timestamp === undefined) return []
    return [
      {
        deviceId,
        status,
        timestamp,
        ...(location !== undefined && { location }),
        ...(lastSeen !== undefined && { lastSeen }),
      },
    ]
  })
}
