import type { Reading, StatusEvent } from '@iot/contracts'
import type { DeviceState, LiveState } from '@iot/ports'

const PAGE = 500
/** Readings in one answer; a fleet with more is asked for page by page over REST. */
const MAX_READINGS = 50_000

/** Newest state, as of a moment after it was asked for. */
export interface Snapshots {
  of(deviceId: string): Promise<DeviceState[]>
  /** Every device. Undefined where that is more than one answer may hold: never a part. */
  all(): Promise<DeviceState[] | undefined>
}

/**
 * Reads states. Callers that come while all are being read share the next reading: it begins after they came, so
 * nothing that happened before their call is missing in it.
 */
export function createSnapshots(state: Pick<LiveState, 'get' | 'list'>): Snapshots {
  let running: Promise<DeviceState[] | undefined> | undefined
  let next: Promise<DeviceState[] | undefined> | undefined

  async function readAll(): Promise<DeviceState[] | undefined> {
    const states: DeviceState[] = []
    let readings = 0
    for (;;) {
      const after = states.at(-1)?.deviceId
      const page = await state.list({ limit: PAGE, ...(after !== undefined && { after }) })
      states.push(...page)
      readings += page.reduce((sum, one) => sum + one.readings.length, 0)
      if (readings > MAX_READINGS) return undefined
      if (page.length < PAGE) return states
    }
  }

  function begin(): Promise<DeviceState[] | undefined> {
    next = undefined
    const reading = readAll().finally(() => {
      if (running === reading) running = undefined
    })
    running = reading
    return reading
  }

  return {
    of: async (deviceId) => await state.get([deviceId]),
    all() {
      if (!running) return begin()
      next ??= running.then(begin, begin)
      return next
    },
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
